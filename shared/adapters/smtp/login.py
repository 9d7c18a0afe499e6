"""A login (RFC 4954), made only over TLS and only at the server that presented the expected certificate.

Once AUTH was sent nothing is tried again: a repeat would be a second login.
"""

import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress

from shared.adapters.smtp.connect import connected
from shared.adapters.smtp.connection import Deadline, SessionError
from shared.adapters.smtp.session import Introduction, Reply, SmtpSession, mechanisms, open_session
from shared.adapters.smtp.tls import check_askable
from shared.domain.clients.login import ACCEPTED, CHALLENGE, Login, LoginResult, judge_auth_reply

WITHHELD = "(withheld: the server repeats what it was sent)"

TELLING = 6
"""A text that has this many characters of a secret in a row counts as repeating it."""


def log_in(login: Login, introduction: Introduction, tls: ssl.SSLContext, deadline: Deadline) -> LoginResult:
    """Log in once and leave. Raises SessionError only before AUTH was sent."""
    check_askable(login.probe.sni, tls)
    with connected(login.probe, introduction, deadline) as session:
        opened = open_session(session, login.probe, tls)
        result = why_not(login, opened.chain, mechanisms(opened.extensions)) or authenticate(session, login)
        session.quit()
    return result


def why_not(login: Login, chain: Sequence[bytes], offered: Sequence[str]) -> LoginResult | None:
    """Say why this server does not get the password; None if it does."""
    if not chain:
        return LoginResult(login, "NoTls", "STARTTLS not offered, and a password is never sent in clear")
    if fault := login.expected.fault(chain):
        return LoginResult(login, "WrongServer", f"the password was not sent, because the server {described(fault)}")
    if login.way.mechanism not in offered:
        names = ", ".join(offered) or "no mechanism"
        return LoginResult(login, "NotOffered", f"AUTH {login.way.mechanism} is not offered, but {names}")
    return None


def described(fault: str) -> str:
    return fault if fault.startswith("presents ") else f"presents a certificate that clients refuse: {fault}"


def authenticate(session: SmtpSession, login: Login) -> LoginResult:
    """Send AUTH and the responses that are asked for, and judge the reply that ends it."""
    responses = responses_of(login)
    secrets = secret_forms(login, responses)
    command = f"AUTH {login.way.mechanism}"
    if login.way.initial_response:
        command = f"{command} {responses.pop(0)}"
    try:
        reply = session.command(command)
        while reply.code == CHALLENGE and responses and is_base64(reply):
            reply = session.command(responses.pop(0), awaited="to the response")
        if reply.code == CHALLENGE:
            return cancelled(session, login, reply, secrets)
    except (SessionError, OSError) as error:
        return LoginResult(login, "NoAnswer", without_secrets(str(error), secrets))
    if reply.code == ACCEPTED and responses:
        return LoginResult(login, "UnexpectedReply", f"accepted before the password was sent: {reply.code}", reply.code)
    return judge_auth_reply(login, reply.code, without_secrets(reply.lines[-1], secrets))


def responses_of(login: Login) -> list[str]:
    """Return what is sent, in base64, the first with AUTH where the login's way has an initial response."""
    user, password = login.user, login.password.reveal_for_auth()
    plain = [f"\0{user}\0{password}"] if login.way.mechanism == "PLAIN" else [user, password]
    return [b64encode(each.encode()).decode("ascii") for each in plain]


def is_base64(challenge: Reply) -> bool:
    try:
        b64decode("".join(challenge.lines), validate=True)
    except ValueError:
        return False
    return True


def cancelled(session: SmtpSession, login: Login, challenge: Reply, secrets: Sequence[str]) -> LoginResult:
    """Give an exchange up: the server asks for more than the mechanism has, or what it asks cannot be read."""
    asked = without_secrets(challenge.lines[-1], secrets)
    with suppress(SessionError, OSError):
        session.command("*", awaited="to the cancelled AUTH")
    why = "asks for more than the mechanism has" if is_base64(challenge) else "sends a challenge that is not base64"
    return LoginResult(login, "BadChallenge", f"the server {why}: {challenge.code} {asked}", challenge.code)


def secret_forms(login: Login, responses: Sequence[str]) -> list[str]:
    """Return the forms in which a server could repeat the password: as it is, in hex, in base64, as it was sent, and as
    the digest that a relay compares."""
    password = login.password.reveal_for_auth()
    within = [each for each in base64_within(password.encode()) if len(each) >= TELLING]
    encoded = [b64encode(password.encode()).decode(), *within, responses[-1]]
    return [password, password.encode().hex(), *encoded, login.password.sha256_hex()]


def base64_within(secret: bytes) -> Iterator[str]:
    """Yield what base64 makes of a secret in the middle of other bytes, for each place where three bytes may begin."""
    for before in range(3):
        text = b64encode(bytes(before) + secret).decode().rstrip("=")
        yield text[-(-before * 8 // 6) : -1]


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """Return a server's text, or a sentence in its place where it repeats a part of what is secret."""
    told = text.casefold()
    return WITHHELD if any(part in told for secret in secrets for part in parts(secret.casefold())) else text


def parts(secret: str) -> Iterator[str]:
    size = min(TELLING, len(secret))
    return (secret[begin : begin + size] for begin in range(len(secret) - size + 1))
