"""What pydantic found wrong with a value, in our words."""

import re

from pydantic_core import ErrorDetails

from shared.inventory.raw import advice
from shared.inventory.scalars import Unquoted

_LONGEST_SHOWN = 100
_SECRETS = {"account_key", "kubeconfig", "ping", "signing_key", "urls"}
"""Where people may paste the secret itself in place of its name."""


def sentence(error: ErrorDetails) -> str:  # noqa: C901, one flat table
    """What is wrong with the value and what is allowed, to follow its path."""
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "empty":
            return "is empty; give it a value, or leave the key out"
        case "missing":
            return "is missing, and there is no default"
        case "string_type":
            return f"must be text{_instead(value)}"
        case "int_type":
            return f"must be a whole number{_instead(value)}"
        case "tuple_type":
            return f"must be a list, in square brackets or with a dash before each item{_instead(value)}"
        case "model_type" | "mapping_type" | "dict_type":
            return f"must be a mapping of keys to values{_instead(value)}"
        case "too_short":
            return "is empty; at least one entry is needed"
        case "string_too_short":
            return "is empty; some text is needed"
        case "greater_than_equal":
            return f"must be at least {context['ge']}, not {value}"
        case "less_than_equal":
            return f"must be at most {context['le']}, not {value}"
        case "literal_error":
            return f"{_shown(error)} is not allowed; {advice(str(value), re.findall("'([^']+)'", context['expected']))}"
        case "value_error":
            return f"{_shown(error)} {context['error']}"
    return f"{error['msg']}, not {_shown(error)}"


def _shown(error: ErrorDetails) -> str:
    """The wrong value as a sentence may hold it: short, and no key or password that was pasted by mistake."""
    text = str(error["input"])
    if not text.strip():
        return "an empty text"
    if _SECRETS.intersection(error["loc"][-2:]) or "@" in text or not text.isprintable():
        return "this text"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _instead(value: object) -> str:
    match value:
        case None:
            return "; it is empty"
        case dict():
            return ", not a mapping"
        case list():
            return ", not a list"
        case Unquoted():
            return f', and YAML takes {value} for a {value.kind}; text goes in quotes: "{value}"'
        case int():
            return f', and YAML takes {value} for a number; text goes in quotes: "{value}"'
        case str():
            return ", not text"
    return ""
