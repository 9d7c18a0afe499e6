"""What a message, a request, a pause, a record or an alert is about: an object, or a version of it."""

from typing import Final, Literal, NewType, get_args

ObjectKind = Literal["all", "certificate", "client", "relay", "cluster", "issuer", "vault", "route", "self"]

NAMELESS: tuple[ObjectKind, ...] = ("all", "self")

Version = NewType("Version", str)
"""A version of an object in its vault."""


class ObjectRef:
    """One object by its kind and its name in the inventory, written `certificate/prod`.

    `all` is everything in the inventory, `self` is Relaykeeper; neither has a name.

    It is no dataclass, because those are persisted field by field, and this is persisted as it is written.
    """

    __slots__ = ("kind", "name")

    def __init__(self, kind: ObjectKind, name: str = "") -> None:
        self.kind: Final[ObjectKind] = kind
        self.name: Final = name

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    def __repr__(self) -> str:
        return f"ObjectRef({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectRef) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

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


def client_ref(name: str) -> ObjectRef:
    """Return the reference of the client of that ID."""
    return ObjectRef("client", name)
