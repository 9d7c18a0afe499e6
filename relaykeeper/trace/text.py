"""The story of a leaf as people read it, from the handshake back to the person or the timer, and as JSON."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from relaykeeper.looking.tables import actor_name, short_version
from relaykeeper.moments import day_left, minute, rfc3339, second
from relaykeeper.status.certificate import PRINT
from relaykeeper.trace.leaf import SeenLeaf
from relaykeeper.trace.story import Story, is_stored
from shared.api.audit import RecordView
from shared.api.certificate_view import CertificateView
from shared.domain.audit import SCHEDULED

MOST_NAMES = 8


def leaf_lines(seen: SeenLeaf) -> Iterator[str]:
    """Tell what the server presents; nothing of it needs the app."""
    asked = f"asked for {seen.name}" if seen.name is not None else "asked for no name"
    leaf = seen.leaf
    names = sorted(leaf.names)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    yield f"{seen.server}, {asked}, presents the leaf {leaf.thumbprint[:PRINT]}:"
    yield f"  for     {', '.join(names[:MOST_NAMES]) or 'no name'}{more}"
    expires = day_left(leaf.not_after, seen.at)
    yield f"  valid   {minute(leaf.not_before)} to {minute(leaf.not_after)}, expires {expires}"
    yield f"  signed  by {seen.issuer}, serial {leaf.serial}"
    verdict = f"a client does NOT accept it: {seen.chain_fault}" if seen.chain_fault else "a client accepts it"
    yield f"  chain   {verdict}"


def story_lines(story: Story) -> Iterator[str]:
    """Tell what the app knows of it."""
    yield ""
    yield what_it_is(story)
    if story.records:
        yield ""
        yield "How it came there, from the handshake back:"
        yield from (f"  {second(at)}  {text}" for at, text in steps(story))
    yield ""
    yield conclusion(story)
    yield from other_places(story)
    if not story.traced:
        yield from other_certificates(story)
    yield from (f"not read: {source}: {why}" for source, why in story.not_read.items())


def what_it_is(story: Story) -> str:
    if not story.known:
        return "Relaykeeper does not know this leaf: it is in no record, in no vault that it reads, and at no replica."
    if not story.target:
        return "Replicas of ours serve this leaf, and it is of no certificate of the inventory."
    of = f"version {story.version} of {story.target}" if story.version else f"an unknown version of {story.target}"
    return f"It is {of}{which_version(story)}."


def which_version(story: Story) -> str:
    """Say whether it is the newest version, as the rest of a sentence."""
    certificate = story.certificate
    if certificate is None:
        return ", which is not in the inventory" if not story.not_read else ""
    if certificate.stored is None:
        return f"; what vault {certificate.wanted.vault} has is not known"
    if is_stored(story.seen, certificate):
        return f", the newest in vault {certificate.wanted.vault}"
    newest = certificate.stored
    held = "in quarantine" if any(q.version == newest.version for q in certificate.quarantine) else "newer"
    return (
        f"; vault {certificate.wanted.vault} has a newer one, {newest.version} ({held}, until {minute(newest.expires)})"
    )


def steps(story: Story) -> Iterator[tuple[datetime, str]]:
    """Yield each step with its time, the newest first."""
    yield story.seen.at, f"this handshake with {story.seen.server}"
    for record in story.brought:
        yield record.at, brought_words(record, story.merge)
    if (merge := story.merge) is not None:
        signed = "" if merge.order else ", signed by the vault itself"
        yield merge.at, f"stored in the vault as version {short_version(merge.version)}, {merge.outcome}{signed}"
    if story.order is not None:
        yield story.order.at, f"ordered at the authority: {story.order.order}"
    if story.request is not None:
        asked = f"{actor_name(story.request.actor)} asked for it, request {story.request.request}"
        yield story.request.at, f"{asked}: {story.request.reason}"


def brought_words(record: RecordView, merge: RecordView | None) -> str:
    """Tell what came of it at a place, and on whose behalf if that is somebody else than who let it be issued."""
    doubt = {"not served": "NOT served: ", "quarantine": "quarantine: "}.get(record.event, "")
    other = merge is None or record.actor != merge.actor
    behalf = f", on behalf of {actor_name(record.actor)}" if other else ""
    return f"{record.place or 'everywhere'}: {doubt}{record.outcome}{behalf}"


def conclusion(story: Story) -> str:
    merge = story.merge
    if merge is None:
        since = minute(story.seen.leaf.not_before)
        if not story.known:
            return "Somebody else put it there."
        return (
            f"Who is behind it is not known: no record since it is valid ({since}) says how it came into the vault. "
            "Another tool or a person imported it, or the history begins later."
        )
    if story.request is not None:
        request = story.request
        return f"Behind it is {actor_name(request.actor)} ({request.actor.kind}), because: {request.reason}."
    if merge.actor.kind != "timer":
        why = "" if merge.reason == SCHEDULED.reason else f", because: {merge.reason}"
        return (
            f"Behind it is {actor_name(merge.actor)} ({merge.actor.kind}){why}. The record of the request is missing."
        )
    return f"Behind it is the timer, and nobody else, because: {merge.reason}."


def other_places(story: Story) -> Iterator[str]:
    if not story.served_at:
        if "certificates" not in story.not_read and story.known:
            yield "No replica that Relaykeeper knows serves it now."
        return
    yield ""
    yield "Served now by:"
    for place, replicas in groupby(sorted(story.served_at, key=lambda each: each.place), lambda each: each.place):
        yield f"  {place}: {', '.join(dict.fromkeys(each.replica for each in replicas))}"


def other_certificates(story: Story) -> Iterator[str]:
    """Tell what the inventory has for the same name."""
    others = [each for each in story.named if not is_stored(story.seen, each)]
    if not others:
        if not story.known and "certificates" not in story.not_read:
            yield "The inventory has no certificate for that name either."
        return
    yield ""
    yield "For that name the inventory has:"
    yield from (f"  {other_words(each, story.seen.at)}" for each in others)


def other_words(certificate: CertificateView, at: datetime) -> str:
    stored = certificate.stored
    if stored is None:
        return f"certificate/{certificate.name}: no version is known in vault {certificate.wanted.vault}"
    where = ", ".join(place.place for place in certificate.places) or "no relay"
    return (
        f"certificate/{certificate.name}: version {short_version(stored.version)}, leaf {stored.thumbprint[:PRINT]}, "
        f"expires {day_left(stored.expires, at)}, for {where}"
    )


def as_document(story: Story) -> Mapping[str, Any]:
    """Return the story as JSON; records are the API's."""
    seen, leaf = story.seen, story.seen.leaf
    return {
        "server": seen.server,
        "name": seen.name,
        "at": rfc3339(seen.at),
        "leaf": {
            "thumbprint": leaf.thumbprint,
            "serial": leaf.serial,
            "dns_names": sorted(leaf.names),
            "not_before": rfc3339(leaf.not_before),
            "expires": rfc3339(leaf.not_after),
            "issuer": seen.issuer,
            "chain_fault": seen.chain_fault,
        },
        "known": story.known,
        "traced": story.traced,
        "object": story.target or None,
        "version": story.version or None,
        "newest": is_stored(seen, story.certificate) if story.certificate is not None else None,
        "request": document_of(story.request),
        "order": document_of(story.order),
        "merge": document_of(story.merge),
        "brought": [document_of(each) for each in story.brought],
        "served_at": [
            {"certificate": each.certificate, "place": each.place, "replica": each.replica} for each in story.served_at
        ],
        "named": [each.name for each in story.named],
        "conclusion": conclusion(story),
        "not_read": story.not_read,
    }


def document_of(record: RecordView | None) -> Any:
    return None if record is None else record.model_dump(mode="json")
