"""What a message, a request, a pause or a record is about."""

from dataclasses import dataclass
from typing import Literal, get_args

ObjectKind = Literal["all", "certificate", "relay", "cluster", "issuer"]


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """One object by its kind and its name in the inventory, written `certificate/prod`; `all` has no name."""

    kind: ObjectKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> "ObjectRef":
        """Read what `str` writes. Raises ValueError for anything else."""
        kind, _, name = text.partition("/")
        known: dict[str, ObjectKind] = {each: each for each in get_args(ObjectKind)}
        if kind not in known or bool(name) == (kind == "all"):
            raise ValueError(f"{text!r} is neither `all` nor KIND/NAME")
        return cls(known[kind], name)


ALL = ObjectRef("all")


def certificate_ref(name: str) -> ObjectRef:
    """Return the reference of the certificate of that name."""
    return ObjectRef("certificate", name)
