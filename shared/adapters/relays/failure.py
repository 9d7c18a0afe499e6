"""Why a relay does not answer what it was asked, in words that may hold a stranger's."""

LONGEST_QUOTE = 100


class HandshakeError(Exception):
    """Why a session came to no answer. `passing` tells that trying once more may well help."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


def quoted(text: str) -> str:
    """Return a stranger's words fit for a log: printable, on one line, not long."""
    printable = "".join(character if character.isprintable() else "?" for character in text)
    return printable if len(printable) <= LONGEST_QUOTE else f"{printable[:LONGEST_QUOTE]}..."
