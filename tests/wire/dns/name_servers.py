"""Name servers on loopback, by UDP and TCP, that hold zones as RFC 1034 and RFC 4592 have it, or answer as told."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset

from shared.inventory import Endpoint

HOST = "127.0.0.1"
LONGEST = 1232
"""Bytes by UDP; a longer answer is cut off, and asked for by TCP."""

type Answering = Callable[[dns.message.Message], dns.message.Message | None]
"""What to send back; None: nothing."""

type Zone = Mapping[tuple[str, str], tuple[str, ...]]
"""Records by owner, relative to the zone (`@` the zone itself, `*` a wildcard), and type."""


@contextmanager
def serving(answering: Answering) -> Iterator[Endpoint]:
    """Serve on one port, by UDP and TCP."""
    with socket.create_server((HOST, 0)) as streams, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        port = streams.getsockname()[1]
        datagrams.bind((HOST, port))
        threads = [
            threading.Thread(target=serve_datagrams, args=(datagrams, answering)),
            threading.Thread(target=serve_streams, args=(streams, answering)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield Endpoint(HOST, port)
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", (HOST, port))
            socket.create_connection((HOST, port)).close()
            for thread in threads:
                thread.join()


def serve_datagrams(listener: socket.socket, answering: Answering) -> None:
    while (received := listener.recvfrom(4096))[0]:
        answer = answering(dns.message.from_wire(received[0]))
        if answer is None:
            continue
        wire = answer.to_wire(max_size=65_535)
        if len(wire) > LONGEST:
            short = dns.message.make_response(dns.message.from_wire(received[0]))
            short.flags |= dns.flags.TC | (answer.flags & dns.flags.AA)
            wire = short.to_wire()
        listener.sendto(wire, received[1])


def serve_streams(listener: socket.socket, answering: Answering) -> None:
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            if not (length := stream.read(2)):
                return
            answer = answering(dns.message.from_wire(stream.read(struct.unpack("!H", length)[0])))
            if answer is not None:
                wire = answer.to_wire(max_size=65_535)
                connection.sendall(struct.pack("!H", len(wire)) + wire)


def authority(zones: Mapping[str, Zone]) -> Answering:
    """Answer with authority for these zones, with a referral below a cut of one, and refuse all else."""
    held = {dns.name.from_text(zone): absolute(zone, records) for zone, records in zones.items()}

    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        name, kind = query.question[0].name, query.question[0].rdtype
        zone = max((zone for zone in held if name.is_subdomain(zone)), key=len, default=None)
        if zone is None:
            response.set_rcode(dns.rcode.REFUSED)
            return response
        records = held[zone]
        if (cut := cut_above(name, zone, records)) is not None:
            response.authority.append(dns.rrset.from_text(cut, 60, "IN", "NS", *records[cut, "NS"]))
            return response
        response.flags |= dns.flags.AA
        owner = name if exists(name, records) else wildcard_for(name, records)
        for asked in ("CNAME", dns.rdatatype.to_text(kind)):
            if (owner, asked) in records and not response.answer:
                response.answer.append(dns.rrset.from_text(name, 60, "IN", asked, *records[owner, asked]))
        if not response.answer:
            soa = f"ns.{zone} hostmaster.{zone} 1 3600 600 86400 60"
            response.authority.append(dns.rrset.from_text(zone, 60, "IN", "SOA", soa))
            if not exists(owner, records):
                response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    return answer


type Records = Mapping[tuple[dns.name.Name, str], tuple[str, ...]]


def absolute(zone: str, records: Zone) -> Records:
    origin = dns.name.from_text(zone)
    return {(dns.name.from_text(owner, origin), kind): values for (owner, kind), values in records.items()}


def exists(name: dns.name.Name, records: Records) -> bool:
    """Say whether the name or one below it has a record (RFC 4592, section 2.2.2)."""
    return any(owner.is_subdomain(name) for owner, _ in records)


def wildcard_for(name: dns.name.Name, records: Records) -> dns.name.Name:
    """Return the wildcard at the closest encloser, whether it has records or not (RFC 4592, section 3.3.1)."""
    encloser = name.parent()
    while not exists(encloser, records):
        encloser = encloser.parent()
    return dns.name.from_text("*", encloser)


def cut_above(name: dns.name.Name, zone: dns.name.Name, records: Records) -> dns.name.Name | None:
    while name != zone:
        if (name, "NS") in records:
            return name
        name = name.parent()
    return None


def refusing(rcode: dns.rcode.Rcode) -> Answering:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.set_rcode(rcode)
        return response

    return answer


def referring(zone: str, *servers: str) -> Answering:
    """Know nothing, and refer to the name servers of a zone."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        if servers:
            response.authority.append(dns.rrset.from_text(dns.name.from_text(zone), 60, "IN", "NS", *servers))
        return response

    return answer


def without_authority(answering: Answering) -> Answering:
    """Answer as a cache does."""

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        response = answering(query)
        if response is not None:
            response.flags &= ~dns.flags.AA
        return response

    return answer


def recursive(answering: Answering) -> Answering:
    """Answer as a resolver does."""

    def answer(query: dns.message.Message) -> dns.message.Message | None:
        response = answering(query)
        if response is not None:
            response.flags = (response.flags & ~dns.flags.AA) | dns.flags.RA
        return response

    return answer


def about_something_else(query: dns.message.Message) -> dns.message.Message:
    """Answer another question, with authority."""
    other = dns.message.make_query("elsewhere.example.net", query.question[0].rdtype)
    other.id = query.id
    response = dns.message.make_response(other)
    response.flags |= dns.flags.AA
    return response
