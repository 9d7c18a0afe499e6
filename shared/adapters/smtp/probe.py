"""What a relay is asked: which chain it presents, and whether it takes mail without a login. No mail is ever sent.

By SMTP sessions of our own (docs/decisions/19-our-own-smtp-sessions.md): smtplib has no deadline and trusts replies.
"""

import ipaddress
import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dns.exception
import dns.name
import dns.resolver

from shared.adapters.smtp.connection import Deadline, SessionError, TcpStream, server_text
from shared.adapters.smtp.pacing import Attempt, paced
from shared.adapters.smtp.session import Introduction, SmtpSession, offers_tls
from shared.domain.certificates.certificate import thumbprint
from shared.domain.serving.open_relay import MailCommand, OpenRelayResult
from shared.domain.serving.probe import KeyType, Probe, ProbeResult
from shared.endpoint import Endpoint
from shared.resolver import host_addresses, make_resolver, resolver_names

log = logging.getLogger("relaykeeper.relays")

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection."""

LOOKUP_TIMEOUT = 5.0
"""Seconds for one question to a resolver, all tries included."""

MOST_ADDRESSES = 4
"""Of a relay's name that are tried."""

CIPHERS: dict[KeyType, str] = {"ec": "ECDHE+aECDSA", "rsa": "ECDHE+aRSA:DHE+aRSA"}
"""Of TLS 1.2, whose suites name the kind of key that signs; `ssl` cannot choose the signatures of TLS 1.3."""


class SmtpProber:
    """`ports.Prober`."""

    def __init__(self, seconds: float = 10.0) -> None:
        """`seconds` is how long a question may take that does not say it itself, all its tries included."""
        self._seconds = seconds
        self._tls = {key: tls_settings(key) for key in (None, "ec", "rsa")}

    def probe(self, probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
        def attempt_for(question: Probe) -> Attempt[ProbeResult]:
            introduction = Introduction(question.helo)
            return lambda deadline: logged(handshake(question, introduction, self._tls[question.key], deadline))

        return paced(probes, attempt_for, not_presented, self._seconds)

    def check_open_relay(self, probes: Sequence[Probe], recipient: str, sender: str) -> tuple[OpenRelayResult, ...]:
        def attempt_for(question: Probe) -> Attempt[OpenRelayResult]:
            introduction, tls = Introduction(question.helo), self._tls[None]
            return lambda deadline: logged(offered(question, introduction, tls, deadline, recipient, sender))

        return paced(probes, attempt_for, not_offered, self._seconds)


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


def handshake(question: Probe, introduction: Introduction, tls: ssl.SSLContext, deadline: Deadline) -> ProbeResult:
    """Make one handshake: connect, EHLO, STARTTLS (RFC 3207), see which chain is presented, QUIT."""
    check_askable(question.sni, tls)
    with connected(question, introduction, deadline) as session:
        if not question.implicit:
            session.greeting()
            if not offers_tls(session.ehlo()):
                raise SessionError("STARTTLS not offered", early=True)
            session.start_tls()
        chain = session.handshake(tls, question.sni)
        session.quit(greeted=not question.implicit)
    return ProbeResult(question, thumbprint(chain[0]), chain=chain)


def not_presented(question: Probe, error: SessionError) -> ProbeResult:
    return logged(ProbeResult(question, None, str(error), inconclusive=error.inconclusive))


def offered(
    question: Probe,
    introduction: Introduction,
    tls: ssl.SSLContext,
    deadline: Deadline,
    recipient: str,
    sender: str,
) -> OpenRelayResult:
    """Offer a mail as far as RCPT (RFC 5321, section 3.3). DATA, by which a relay would take it, is never said.

    Where the refusal is about what we said in EHLO, offer it once more by name, if there is one.
    """
    with connected(question, introduction, deadline) as session:
        encrypted = open_for_mail(session, question, tls)
        offer = OpenRelayResult(question, *reply_to_mail(session, recipient, sender), encrypted)
        if offer.about_ehlo and introduction.use_name():
            session.ehlo()
            offer = OpenRelayResult(question, *reply_to_mail(session, recipient, sender), encrypted)
        session.quit("RSET")
    return offer


def not_offered(question: Probe, error: SessionError) -> OpenRelayResult:
    return logged(OpenRelayResult(question, None, str(error)))


def open_for_mail(session: SmtpSession, question: Probe, tls: ssl.SSLContext) -> bool:
    """Bring a session to where it waits for mail, encrypted where the relay can be, as its clients would have it.

    Return whether it is encrypted.
    """
    if question.implicit:
        session.handshake(tls, question.sni)
        session.greeting()
        session.ehlo()
        return True
    session.greeting()
    if not offers_tls(session.ehlo()):
        return False
    session.start_tls()
    session.handshake(tls, question.sni)
    session.ehlo()
    return True


def reply_to_mail(session: SmtpSession, recipient: str, sender: str) -> tuple[int, str, MailCommand, str]:
    """Return the reply that settles it: its code and last line, to which command, and its whole text."""
    command: MailCommand = "MAIL"
    reply = session.command(f"MAIL FROM:<{sender}>")
    if reply.positive:
        command, reply = "RCPT", session.command(f"RCPT TO:<{recipient}>")
    return reply.code, str(reply), command, " ".join(reply.lines)


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
        with connect(question, deadline) as connection:
            yield SmtpSession(TcpStream(connection, deadline), introduction)
    except TimeoutError as error:
        raise SessionError(f"nothing more within {deadline.seconds:g} s") from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise SessionError("connection cut", again="at once") from error
    except OSError as error:
        raise SessionError(describe(error)) from error


def connect(question: Probe, deadline: Deadline) -> socket.socket:
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
            failures.append(f"{describe(error)}{at}")
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


def describe(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def logged[T](result: T) -> T:
    log.debug("%s", result)
    return result
