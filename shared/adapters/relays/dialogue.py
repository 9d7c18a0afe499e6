"""An SMTP session's commands and replies (RFC 5321, section 4.2), read as if the other side meant us ill."""

import re
from dataclasses import dataclass

from shared.adapters.relays.failure import HandshakeError, quoted
from shared.adapters.relays.wire import Stream

LONGEST_LINE = 8192
"""Bytes; RFC 5321, section 4.5.3.1.5, allows 512."""

MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of one or more lines, without the code that begins each."""

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Whether the server did what it was told (section 4.2.1)."""
        return self.code // 100 == 2

    def __str__(self) -> str:
        return f"{self.code} {self.lines[-1]}".rstrip()


class Dialogue:
    """What is said over one stream, before or after it turned to TLS.

    Raises HandshakeError for what the other side says, and what the stream raises.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._unread = b""

    def command(self, text: str) -> Reply:
        """Send a command and return the reply."""
        self._stream.send(f"{text}\r\n".encode())
        return self.reply(f"to {text.split()[0]}")

    def reply(self, awaited: str) -> Reply:
        """Return the next reply; `awaited` says in an error which one: `to EHLO`, `at the greeting`."""
        lines: list[str] = []
        while len(lines) < MOST_LINES:
            line = self._line(awaited)
            shape = re.fullmatch(r"([2-5][0-9]{2})(?:([ -])(.*))?", line)
            if shape is None:
                raise HandshakeError(f"no SMTP reply {awaited}: {quoted(line)}")
            lines.append(quoted(shape[3] or ""))
            if shape[2] != "-":
                return Reply(int(shape[1]), tuple(lines))
        raise HandshakeError(f"a reply of more than {MOST_LINES} lines {awaited}")

    def nothing_unread(self) -> bool:
        """Say whether the server waits for us, as it must before TLS begins: what came early was not encrypted."""
        return not self._unread

    def _line(self, awaited: str) -> str:
        while b"\n" not in self._unread:
            if len(self._unread) > LONGEST_LINE:
                raise HandshakeError(f"a line of more than {LONGEST_LINE} bytes {awaited}")
            if not (received := self._stream.receive()):
                raise HandshakeError(f"connection cut, no complete reply {awaited}", passing=True)
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return line.removesuffix(b"\r").decode("ascii", errors="replace")
