"""Take away from a text what may be a secret: rather too much than too little, since a ticket is read by strangers."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
WORD = r"[\w.-]{0,40}"
"""Bounded, so that no long line takes long."""

PEM_END = r"-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is removed, and what it is called; the group `kept` stays before it."""

    kind: str
    found: re.Pattern[str]


def pattern(kind: str, text: str, flags: int = re.IGNORECASE) -> Pattern:
    return Pattern(kind, re.compile(text, flags))


MARK = r"\[removed: [^\]\n]*\]"

KEYS = (
    pattern("private key", rf"-----BEGIN [A-Z0-9 ]{{0,30}}PRIVATE KEY-----.*?(?:{PEM_END}|\Z)", re.DOTALL),
    pattern("private key", rf"\A(?:[A-Za-z0-9+/=]{{1,76}}(?:\r?\n|\\n))*{PEM_END}", re.DOTALL),  # a log's cut beginning
)
"""Private keys in PEM: first, since a name may stand before the first of their lines."""

BY_SHAPE = (
    pattern("token", r"(?P<kept>\b(?:bearer|basic|negotiate)\s+)[A-Za-z0-9._~+/=-]{8,}"),
    pattern("token", r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?", 0),
    pattern(
        "SMTP login",  # base64, which is no word: a digit, a sign, or a capital inside
        r"(?P<kept>\bAUTH\s+[A-Z0-9-]{1,20}\s+)(?=[A-Za-z]*(?:[0-9+/=]|[a-z][A-Z]))[A-Za-z0-9+/]{4,}={0,2}",
        0,
    ),
    pattern("password in a URL", r"(?P<kept>://[^\s/:@]{0,100}:)[^\s/@]{1,200}(?=@)"),
    pattern(
        "key or signature in a URL",
        r"(?P<kept>[?&](?:code|sig|signature|key|token|access_token|refresh_token|client_secret|assertion)=)"
        r"(?!\[removed: )[^&\s\"'<>]+",
    ),
    pattern(
        "address of a receiver",
        r"(?P<kept>https://(?:hooks\.slack\.com|[\w.-]{1,80}\.(?:webhook\.office\.com|logic\.azure\.com|"
        r"powerplatform\.com)))/[^\s\"'<>]+",
    ),
    pattern(
        "Azure key",
        r"[A-Za-z0-9_+/-]{20,90}(?:AzFu|AzSe|AzCa|ACDb|\+ASt|\+AMC|\+AEh|\+ARm)[A-Za-z0-9_+/-]{4,90}={0,2}",
        0,
    ),
    pattern("client secret", r"[A-Za-z0-9~._-]{3}[78]Q~[A-Za-z0-9~._-]{31,34}", 0),
    pattern("key", r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==", 0),
)
"""Secrets that show by themselves that they are: no name stands before them."""

HEADERS = (
    r"(?:proxy-)?authorization|(?:set-)?cookie|x-functions-key|x-api-key|x-zumo-auth|x-ms-client-principal|"
    r"x-ms-token-[\w-]{1,40}|ocp-apim-subscription-key"
)
PASSWORDS = r"password|passwd|passphrase|passwort|\bpwd|\bpass"
OTHERS = (
    r"secret|token|api[_-]?key|access[_-]?key|account[_-]?key|function[_-]?key|host[_-]?key|master[_-]?key|"
    r"private[_-]?key|instrumentation[_-]?key|credential|signature|\bsas\b|\bsig\b|hmac"
)

BY_NAME = (
    pattern("header", rf"(?P<kept>\b(?:{HEADERS})[\"']?\s{{0,3}}[:=,]\s{{0,3}})(?:{QUOTED}|[^\n]+)"),
    pattern("password", rf"(?P<kept>(?:{PASSWORDS}){WORD}[\"']?\s{{0,3}}[:=]\s{{0,3}})(?:{QUOTED}|[^\n]+)"),
    pattern("secret", rf"(?P<kept>(?:{OTHERS}){WORD}[\"']?\s{{0,3}}[:=]\s{{0,3}})(?:{MARK}|{QUOTED}|[^\s,;&}}]+)"),
)
"""What stands behind a name that says what it is, as `password: ...` and `"token": "..."`."""

SECRET_MEMBER = re.compile(rf"(?:{HEADERS}|{PASSWORDS}|token|function_?key|private_?key)\Z", re.IGNORECASE)
"""Members of JSON whose whole text is removed. `secret` is none: in the API it is a name."""


@dataclass(slots=True)
class Redaction:
    """Removes secrets and counts them by kind. `known` are secrets that this command itself has."""

    known: tuple[str, ...] = field(default=(), repr=False)
    removed: Counter[str] = field(default_factory=Counter)

    def text(self, text: str) -> str:
        """Return text of any kind without what may be a secret."""
        return self._without(self._without_known(text), (*KEYS, *BY_NAME, *BY_SHAPE))

    def by_shape(self, text: str) -> str:
        """Return a text in which names such as `secret=` stand before what is none, as in metrics."""
        return self._without(self._without_known(text), (*KEYS, *BY_SHAPE))

    def document(self, document: Any) -> Any:
        """Return JSON without secrets in any of its texts."""
        match document:
            case str():
                return self.text(document)
            case Mapping():
                return {key: self._member(key, value) for key, value in document.items()}
            case list():
                return [self.document(each) for each in document]
        return document

    def _member(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and value and SECRET_MEMBER.search(key):
            self.removed["member of JSON"] += 1
            return marked("member of JSON")
        return self.document(value)

    def _without_known(self, text: str) -> str:
        for secret in self.known:
            if found := text.count(secret):
                self.removed["own login"] += found
                text = text.replace(secret, marked("own login"))
        return text

    def _without(self, text: str, patterns: Iterable[Pattern]) -> str:
        for each in patterns:
            kept = "kept" in each.found.groupindex

            def replaced(match: re.Match[str], kind: str = each.kind, kept: bool = kept) -> str:
                before = match["kept"] if kept else ""
                if re.fullmatch(MARK, match[0][len(before) :]):
                    return match[0]
                self.removed[kind] += 1
                return before + marked(kind)

            text = each.found.sub(replaced, text)
        return text


def marked(kind: str) -> str:
    return f"[removed: {kind}]"
