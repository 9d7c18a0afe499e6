"""What an operator sees of a certificate on its way: one line per change, in the words of the decision."""

import logging

log = logging.getLogger("relaykeeper.progress")


class Progress:
    """Tells each line about `subject` once, however often it is looked at."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._told: set[str] = set()

    def tell(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            log.info("%s: %s", self._subject, line)
