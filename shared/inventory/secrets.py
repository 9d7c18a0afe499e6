"""Each file of a Secret has one writer, and each certificate that is served is found in at least one file."""

from collections.abc import Iterator

from shared.inventory.kubernetes_names import LONGEST_SECRET_KEY
from shared.inventory.raw import Finding, Tree, entries, mapping, texts
from shared.inventory.templates import ANY_VERSION, HOST, VERSION
from shared.inventory.values import Workload
from shared.inventory.writers import Writer, bearing, templates, workload_of, writers


def unwritable(tree: Tree) -> Iterator[Finding]:
    """What cannot be written within one relay."""
    for name, relay in entries(tree, "relays"):
        owners: dict[tuple[str, str], str] = {}
        for writer in writers(tree, name, relay):
            yield from _nameless(writer, relay)
            yield from _too_long(writer)
            yield from _written_twice(writer, owners)


def shared_by_relays(tree: Tree) -> Iterator[Finding]:
    """What two relays of one cluster would both change: a workload, or a file of a Secret."""
    running: dict[tuple[str, Workload], str] = {}
    writing: dict[tuple[str, str, str, str], str] = {}
    for name, relay in entries(tree, "relays"):
        workload = workload_of(relay)
        clusters = [cluster for _, cluster in texts(relay.get("clusters"))]
        if workload is None:
            continue
        twins = {cluster: running.setdefault((cluster, workload), name) for cluster in clusters}
        twin = next((other for other in twins.values() if other != name), None)
        if twin is not None:
            message = (
                f"relay {twin} has {workload} in the same cluster; one relay serves all certificates of a workload"
            )
            yield Finding(("relays", name, "workload"), message)
            continue
        for writer in writers(tree, name, relay):
            keys = [(cluster, workload.namespace, writer.secret, file) for cluster in clusters for file in writer.files]
            taken = next((key for key in keys if writing.setdefault(key, name) != name), None)
            if taken is not None:
                cluster, namespace, secret, file = taken
                message = f"relay {writing[taken]} writes {file} into Secret {namespace}/{secret} in {cluster} already"
                yield Finding((*writer.path, "secret"), f"{message}; name another Secret")


def _nameless(writer: Writer, relay: Tree) -> Iterator[Finding]:
    for wildcard in writer.wildcards:
        message = (
            f"{wildcard} cannot be part of a file name, because a Secret's keys hold no *; give the relay file names "
            f"without {HOST}, or leave the wildcard out"
        )
        yield Finding((*writer.path, "certificate"), message)
    malformed = len(templates(relay)) < len(mapping(relay.get("files")))
    if not (writer.first or malformed or any(HOST in template for template in bearing(relay))):
        message = (
            f"{writer.certificate} would be in no file of Secret {writer.secret}: a file without {HOST} in its name is "
            f"the first certificate's. Give it a Secret of its own, or a file that holds it a name with {HOST}"
        )
        yield Finding((*writer.path, "secret"), message)


def _too_long(writer: Writer) -> Iterator[Finding]:
    for file in writer.files:
        length = len(file.replace(VERSION, ANY_VERSION))
        if length > LONGEST_SECRET_KEY:
            message = (
                f"the file {file} would have a name of {length} characters; a Secret takes {LONGEST_SECRET_KEY}. Give "
                "the relay shorter file names"
            )
            yield Finding((*writer.path, "certificate"), message)


def _written_twice(writer: Writer, owners: dict[tuple[str, str], str]) -> Iterator[Finding]:
    """Add the writer's files to `owners`, and tell of the first that has an owner already."""
    twice = []
    mine: set[str] = set()
    for file in writer.files:
        owner = owners.setdefault((writer.secret, file), writer.certificate)
        if owner != writer.certificate or file in mine:
            twice.append((file, owner))
        mine.add(file)
    if twice:
        file, owner = twice[0]
        also = "two templates give it" if owner == writer.certificate else f"{owner} writes it too"
        message = f"{writer.certificate} writes {file} into Secret {writer.secret}, and {also}; a file has one writer"
        yield Finding((*writer.path, "secret"), message)
