"""Labels of objects, with the syntax that Kubernetes has for its own.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set

Each function returns the text that it was given, or raises ValueError with a sentence that follows the text.
"""

import re

_NAME = r"[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
_PREFIX = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*"
LABEL_KEY = rf"^({_PREFIX}/)?{_NAME}$"
LABEL_VALUE = rf"^({_NAME})?$"

LONGEST_PREFIX = 253

MOST_LABELS = 32
"""Of one object."""


def label_key(text: str) -> str:
    """A label's key: a name, or a DNS name, a slash and a name."""
    prefix, slash, _ = text.rpartition("/")
    if re.fullmatch(LABEL_KEY.removesuffix("$"), text, re.ASCII) and len(prefix) <= LONGEST_PREFIX:
        return text
    if slash and not prefix:
        raise ValueError(
            "is not a label's key: nothing stands before the slash; allowed is for example example.net/team"
        )
    raise ValueError(
        "is not a label's key: letters, digits, dashes, underscores and dots, beginning and ending with a letter or "
        "digit, at most 63 characters; before it a lower-case DNS name and a slash are allowed, as in example.net/team"
    )


def label_value(text: str) -> str:
    """A label's value, which may be empty."""
    if re.fullmatch(LABEL_VALUE.removesuffix("$"), text, re.ASCII):
        return text
    raise ValueError(
        "is not a label's value: letters, digits, dashes, underscores and dots, beginning and ending with a letter or "
        "digit, at most 63 characters, or nothing"
    )
