"""How a connection to a mail server is made: which of its addresses, and in what time."""

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dns.exception
import dns.name
import dns.resolver

from shared.adapters.smtp.connection import (
    Deadline,
    NotConnected,
    TcpStream,
    describe_os_error,
    network_errors,
    server_text,
)
from shared.adapters.smtp.session import Introduction, SmtpSession
from shared.domain.serving.probe import Probe
from shared.endpoint import Endpoint
from shared.resolver import host_addresses, make_resolver, resolver_names

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection."""

LOOKUP_TIMEOUT = 5.0
"""Seconds for one question to a resolver, all tries included."""

MOST_ADDRESSES = 4
"""Of a relay's name that are tried."""


@contextmanager
def connected(question: Probe, introduction: Introduction, deadline: Deadline) -> Iterator[SmtpSession]:
    """Connect; raises SessionError for whatever the network does, also later on."""
    with network_errors(deadline), connect_to_first(question, deadline) as connection:
        yield SmtpSession(TcpStream(connection, deadline), introduction)


def connect_to_first(question: Probe, deadline: Deadline) -> socket.socket:
    """Connect to the first address that takes a connection, as a client does. Raises NotConnected."""
    failures = []
    for address in addresses_to_try(question.address, question.resolver, deadline):
        at = "" if address == question.address else f" at {address}"
        seconds = min(CONNECT_TIMEOUT, deadline.left())
        try:
            return socket.create_connection((address, question.port), timeout=seconds)
        except TimeoutError:
            failures.append(f"no connection within {seconds:.2g} s{at}")
        except OSError as error:
            failures.append(f"{describe_os_error(error)}{at}")
    raise NotConnected("; ".join(failures))


def addresses_to_try(host: str, resolver: Endpoint | None, deadline: Deadline) -> Sequence[str]:
    """Return the addresses of a host in the order to try them; those of an address are itself.

    `resolver` is asked, or the system's. Raises NotConnected.
    """
    if is_address(host):
        return [host]
    servers = [] if resolver is None else [resolver]
    try:
        found = host_addresses(host, make_resolver(servers, min(LOOKUP_TIMEOUT, deadline.left())))
    except dns.exception.DNSException as error:
        why = describe_lookup(error, host)
        raise NotConnected(f"{host} does not resolve at {resolver_names(servers)}: {why}") from error
    if not found:
        raise NotConnected(f"{host} does not resolve at {resolver_names(servers)}: no address")
    return found[:MOST_ADDRESSES]


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def describe_lookup(error: dns.exception.DNSException, host: str) -> str:
    match error:
        case dns.resolver.NXDOMAIN():
            target = error.canonical_name
            gone = target != dns.name.from_text(host)
            return f"NXDOMAIN for {server_text(target.to_text(omit_final_dot=True))}, its CNAME" if gone else "NXDOMAIN"
        case dns.resolver.LifetimeTimeout():
            return f"no answer within {error.kwargs['timeout']:.2g} s"
        case dns.resolver.NoNameservers():
            *_, (*_, last, _) = error.kwargs["errors"]
            return server_text(str(last))
    return server_text(str(error))
