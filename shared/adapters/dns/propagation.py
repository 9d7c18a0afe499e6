"""Which authoritative servers of their zones hold which values, all servers asked side by side."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from shared.adapters.dns.name_servers import NoAnswer, NotAuthoritative, TxtSeen, txt_at
from shared.domain.issuing.issuance import Propagation, TxtValue
from shared.inventory import Endpoint

THREADS = 32

type Question = tuple[Endpoint, str, str]
"""A server, a record's name, and the zone that it is to have authority for."""


def look(records: Sequence[TxtValue], servers: Mapping[str, Sequence[Endpoint]]) -> tuple[Propagation, ...]:
    """Return how far each value has come; `servers` are those of each zone. A name is asked for once at each server."""
    questions = list(
        dict.fromkeys((server, record.name, record.zone) for record in records for server in servers[record.zone])
    )
    seen = dict(zip(questions, answers(questions), strict=True))
    return tuple(
        propagation_of(record, {str(server): seen[server, record.name, record.zone] for server in servers[record.zone]})
        for record in records
    )


def answers(questions: Sequence[Question]) -> Iterable[TxtSeen]:
    """Ask in parallel. A server that was silent once is not asked again in this look.

    One that answered without authority is: it may have authority for another zone.
    """
    silent: dict[Endpoint, TxtSeen] = {}

    def answer(question: Question) -> TxtSeen:
        server, name, zone = question
        if server not in silent:
            try:
                return txt_at(server, name, zone)
            except NotAuthoritative as error:
                return TxtSeen(frozenset(), str(error))
            except NoAnswer as error:
                silent[server] = TxtSeen(frozenset(), str(error))
        return silent[server]

    if not questions:
        return ()
    with ThreadPoolExecutor(min(THREADS, len(questions)), thread_name_prefix="propagation") as pool:
        return list(pool.map(answer, questions))


def propagation_of(record: TxtValue, seen: Mapping[str, TxtSeen]) -> Propagation:
    lacking = (f"{server}: {said.detail}" for server, said in seen.items() if record.value not in said.values)
    return Propagation(
        record=record,
        servers=tuple(seen),
        seen_on=tuple(server for server, said in seen.items() if record.value in said.values),
        message=next(lacking, ""),
    )
