"""Resolvers on loopback that answer as they are told, by UDP alone."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from shared.inventory import Endpoint
from tests.wire.smtp.servers import HOST

type Answering = Callable[[dns.message.Message], bytes | None]
"""What to send back; None: nothing."""


@contextmanager
def resolving(answering: Answering) -> Iterator[Endpoint]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((HOST, 0))

        def serve() -> None:
            while True:
                query, client = listener.recvfrom(4096)
                if not query:
                    return
                if (answer := answering(dns.message.from_wire(query))) is not None:
                    listener.sendto(answer, client)

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield Endpoint(*listener.getsockname())
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", listener.getsockname())
            serving.join()


def records(zone: Mapping[tuple[str, str], list[str]], *, recursive: bool = True) -> Answering:
    """Hold records by name and type; names that have none do not exist. Unless `recursive`, a CNAME is left alone."""

    def answer(query: dns.message.Message) -> bytes:
        name, kind = query.question[0].name.to_text(omit_final_dot=True), query.question[0].rdtype
        response = dns.message.make_response(query)
        while target := zone.get((name, "CNAME")):
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", *target))
            name = target[0].removesuffix(".")
            if not recursive or len(response.answer) > 20:
                break
        if found := zone.get((name, dns.rdatatype.to_text(kind))):
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *found))
        if not any(name == known for known, _ in zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    return answer


def refusing(rcode: dns.rcode.Rcode) -> Answering:
    def answer(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(rcode)
        return response.to_wire()

    return answer
