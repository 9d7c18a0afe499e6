"""How a connection to a mail server is made: which of its addresses, in what time, with which TLS settings."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dns.exception
import dns.name
import dns.resolver

from shared.adapters.smtp.connection import Deadline, SessionError, TcpStream, server_text
from shared.adapters.smtp.session import Introduction, SmtpSession
from shared.domain.serving.probe import KeyType, Probe
from shared.endpoint import Endpoint
from shared.resolver import host_addresses, make_resolver, resolver_names

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection."""

LOOKUP_TIMEOUT = 5.0
"""Seconds for one question to a resolver, all tries included."""

MOST_ADDRESSES = 4
"""Of a relay's name that are tried."""

CIPHERS: dict[KeyType, str] = {"ec": "ECDHE+aECDSA", "rsa": "ECDHE+aRSA:DHE+aRSA"}
"""Of TLS 1.2, whose suites name the kind of key that signs; `ssl` cannot choose the signatures of TLS 1.3."""


def tls_settings(key: KeyType | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, any certificate: which one it is, and whether a client would take it, is the domain's to say.

    For one kind of `key` TLS 1.2 alone. A server that asks for a new handshake, and could show another chain by it, is
    refused.
    """
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    settings.check_hostname = False
    settings.verify_mode = ssl.CERT_NONE
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    settings.options |= ssl.OP_NO_RENEGOTIATION
    if key is not None:
        settings.maximum_version = ssl.TLSVersion.TLSv1_2
        settings.set_ciphers(CIPHERS[key])
    return settings


def check_askable(sni: str | None, tls: ssl.SSLContext) -> None:
    """Raise SessionError for what no TLS client can ask for: certificates hold such names (RFC 6066, section 3)."""
    try:
        tls.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=sni)
    except (ValueError, TypeError, ssl.SSLError) as error:
        raise SessionError(
            f"no client can ask for the name {server_text(sni or '')!r}", inconclusive="NotAskable"
        ) from error


@contextmanager
def connected(question: Probe, introduction: Introduction, deadline: Deadline) -> Iterator[SmtpSession]:
    """Connect; raises SessionError for whatever the network does, also later on."""
    try:
        with connect_to_first(question, deadline) as connection:
            yield SmtpSession(TcpStream(connection, deadline), introduction)
    except TimeoutError as error:
        raise SessionError(f"nothing more within {deadline.seconds:g} s") from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise SessionError("connection cut", again="at once") from error
    except OSError as error:
        raise SessionError(describe_os_error(error)) from error


def connect_to_first(question: Probe, deadline: Deadline) -> socket.socket:
    """Connect to the first address that takes a connection, as a client does."""
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
    raise SessionError("; ".join(failures), early=True)


def addresses_to_try(host: str, resolver: Endpoint | None, deadline: Deadline) -> Sequence[str]:
    """Return the addresses of a host in the order to try them; those of an address are itself.

    `resolver` is asked, or the system's. Raises SessionError.
    """
    if is_address(host):
        return [host]
    servers = [] if resolver is None else [resolver]
    try:
        found = host_addresses(host, make_resolver(servers, min(LOOKUP_TIMEOUT, deadline.left())))
    except dns.exception.DNSException as error:
        why = describe_lookup(error, host)
        raise SessionError(f"{host} does not resolve at {resolver_names(servers)}: {why}", early=True) from error
    if not found:
        raise SessionError(f"{host} does not resolve at {resolver_names(servers)}: no address", early=True)
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


def describe_os_error(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
