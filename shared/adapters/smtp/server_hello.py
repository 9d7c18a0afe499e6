"""What a server's side of a TLS handshake says in clear: the version, and by which group keys are exchanged.

`ssl` tells no group (before Python 3.15), and no version of a handshake that it gave up itself, for example because the
server's key is too short for it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

HANDSHAKE = 22
"""A type of record (RFC 8446, section 5.1)."""

SERVER_HELLO, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE = 2, 12, 14
"""Types of handshake messages (RFC 5246, section 7.4)."""

SUPPORTED_VERSIONS, KEY_SHARE = 43, 51
"""Extensions (RFC 8446, section 4.2)."""

VERSIONS = {0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}

GROUPS = {
    23: "P-256",
    24: "P-384",
    25: "P-521",
    29: "X25519",
    30: "X448",
    256: "ffdhe2048",
    257: "ffdhe3072",
    258: "ffdhe4096",
    4587: "SecP256r1MLKEM768",
    4588: "X25519MLKEM768",
    4589: "SecP384r1MLKEM1024",
}
"""Named groups: IANA's registry "TLS Supported Groups"."""


@dataclass(frozen=True, slots=True)
class ServerHello:
    """The server's choices.

    `group` is that of TLS 1.3's key share, and `exchange` the beginning of the message by which TLS 1.2 exchanges keys;
    None and empty where there is none.
    """

    version: str
    group: int | None = None
    exchange: bytes = field(default=b"", repr=False)

    def key_exchange(self, cipher: str) -> str:
        """Name the group, or for DHE the size of its prime; empty for a static key or what was not seen.

        `cipher` is the suite by OpenSSL's name, which alone tells how `exchange` is to be read.
        """
        if self.group is not None:
            return group_name(self.group)
        if cipher.startswith("ECDHE") and self.exchange[:1] == b"\x03":  # named_curve (RFC 8422, section 5.4)
            return group_name(int.from_bytes(self.exchange[1:3]))
        if cipher.startswith("DHE"):  # the prime's length in bytes (RFC 5246, section 7.4.3)
            return f"DHE {int.from_bytes(self.exchange[:2]) * 8} bits"
        return ""


def group_name(number: int) -> str:
    return GROUPS.get(number, f"group {number}")


def read_server_hello(received: bytes) -> ServerHello | None:
    """Read the first ServerHello in what a server sent; None where there is none to be read. Never raises."""
    hello = None
    with suppress(IndexError):
        for kind, body in messages(received):
            if kind == SERVER_HELLO and hello is None:
                hello = hello_of(body)
            elif kind == SERVER_KEY_EXCHANGE and hello is not None:
                return ServerHello(hello.version, hello.group, body[:3])
            elif kind == SERVER_HELLO_DONE:
                break
    return hello


def messages(received: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each whole handshake message that is not encrypted."""
    content = b"".join(fragments(received))
    place = 0
    while place + 4 <= len(content):
        begin = place + 4
        place = begin + int.from_bytes(content[place + 1 : begin])
        if place > len(content):
            return
        yield content[begin - 4], content[begin:place]


def fragments(received: bytes) -> Iterator[bytes]:
    """Yield the payload of handshake records, up to where the server encrypts (RFC 8446, section 5.1)."""
    place = 0
    while place + 5 <= len(received) and received[place] == HANDSHAKE:
        begin = place + 5
        place = begin + int.from_bytes(received[place + 3 : begin])
        yield received[begin:place]


def hello_of(body: bytes) -> ServerHello:
    """Read a ServerHello's body (RFC 8446, section 4.1.3). Raises IndexError for one that is cut short."""
    version, after_session = int.from_bytes(body[:2]), 35 + body[34]
    group = None
    for kind, content in extensions(body[after_session + 3 :]):
        if kind == SUPPORTED_VERSIONS:
            version = int.from_bytes(content[:2])
        elif kind == KEY_SHARE:
            group = int.from_bytes(content[:2])
    return ServerHello(VERSIONS.get(version, f"{version:#06x}"), group)


def extensions(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of each extension; the list begins with its length in two bytes."""
    place = 2
    while place + 4 <= len(content):
        begin = place + 4
        place = begin + int.from_bytes(content[place + 2 : begin])
        yield int.from_bytes(content[begin - 4 : begin - 2]), content[begin:place]
