"""How pauses apply to an inventory. In a file of its own, because a pause is state and not configuration."""

from typing import Self

from pydantic import BaseModel, PrivateAttr

from shared.domain.pauses import ESTATE, Pause, Scope, longest, within
from shared.inventory.wanted import Certificate


class Pausable(BaseModel):
    """An inventory that knows which pauses are in force; none unless it is `under` some."""

    _pauses: tuple[Pause, ...] = PrivateAttr(default=())

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The pauses that are in force."""
        return self._pauses

    def under(self, pauses: tuple[Pause, ...]) -> Self:
        """Return the inventory as it is while these pauses are in force."""
        paused = self.model_copy()
        paused._pauses = pauses  # noqa: SLF001 its own
        return paused

    def pause_of(self, certificate: str) -> Pause | None:
        """Return the longest pause of everything about the certificate of that name."""
        return longest(within(self._pauses, ESTATE, Scope("certificate", certificate)))

    def pause_of_issuing(self, certificate: Certificate) -> Pause | None:
        """Return the longest pause that keeps the certificate from being issued."""
        return longest(within(self._pauses, *scopes_of_issuing(certificate)))

    def pauses_of_place(self, certificate: str, relay: str, cluster: str) -> tuple[Pause, ...]:
        """Return the pauses that keep a place as it is."""
        return within(self._pauses, *scopes_of_place(certificate, relay, cluster))


def scopes_of_issuing(certificate: Certificate) -> tuple[Scope, ...]:
    """Return every scope whose pause keeps the certificate from being issued."""
    return ESTATE, Scope("certificate", certificate.name), Scope("issuer", certificate.issuer)


def scopes_of_place(certificate: str, relay: str, cluster: str) -> tuple[Scope, ...]:
    """Return every scope whose pause keeps a place as it is."""
    return ESTATE, Scope("certificate", certificate), Scope("relay", relay), Scope("cluster", cluster)
