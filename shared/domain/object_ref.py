"""What a message, a request, a pause, a record or an alert is about."""

from dataclasses import dataclass
from typing import Literal, get_args

ObjectKind = Literal["all", "certificate", "relay", "cluster", "issuer", "vault", "route", "self"]

NAMELESS: tuple[ObjectKind, ...] = ("all", "self")


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """One object by its kind and its name in the inventory, written `certificate/prod`.

    `all` is everything in the inventory, `self` is Relaykeeper; neither has a name.
    """

    kind: ObjectKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> "ObjectRef":
        """Read what `str` writes. Raises ValueError for anything else."""
        kind, _, name = text.partition("/")
        known: dict[str, ObjectKind] = {each: each for each in get_args(ObjectKind)}
        if kind not in known or bool(name) == (kind in NAMELESS):
            raise ValueError(f"{text!r} is neither `all` nor `self` nor KIND/NAME")
        return cls(known[kind], name)


ALL = ObjectRef("all")

SELF = ObjectRef("self")


def certificate_ref(name: str) -> ObjectRef:
    """Return the reference of the certificate of that name."""
    return ObjectRef("certificate", name)
