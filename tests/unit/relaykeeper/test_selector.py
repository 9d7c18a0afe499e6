"""Selectors mean what they mean to kubectl, and what is wrong is named with an example."""

import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaykeeper.app.selector import EXAMPLE, Requirement, Selector, parse_selector
from tests.unit.properties.strategies import SAME_EACH_TIME

MAIL: Mapping[str, str] = {"team": "mail", "env": "dev", "example.net/tier": "1", "empty": ""}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("team=mail", True),
        ("team==mail", True),
        ("team=post", False),
        ("owner=mail", False),
        ("team!=mail", False),
        ("team!=post", True),
        ("owner!=mail", True),
        ("team", True),
        ("owner", False),
        ("!team", False),
        ("!owner", True),
        ("team in (mail)", True),
        ("team in (post,mail)", True),
        ("team in (post,web)", False),
        ("owner in (mail)", False),
        ("team notin (mail,post)", False),
        ("team notin (post,web)", True),
        ("owner notin (mail)", True),
        ("example.net/tier=1", True),
        ("empty=", True),
        ("team=", False),
        ("empty in (,x)", True),
        ("team=mail,env=dev", True),
        ("team=mail,env=prod", False),
        ("team in (mail,post),env notin (prod),!owner,empty", True),
        ("  team = mail ,  ! owner ,env in( dev , test )", True),
        ("team=mail,team=post", False),
    ],
)
def test_a_selector_chooses_as_kubectl_does(selector: str, matches: bool) -> None:
    assert parse_selector(selector).matches(MAIL) == matches


@pytest.mark.parametrize("key", ["in", "notin"])
def test_a_label_may_be_called_like_an_operator(key: str) -> None:
    assert parse_selector(key).matches({key: ""})
    assert parse_selector(f"{key}=a,{key} in (a)").matches({key: "a"})


@pytest.mark.parametrize(
    ("selector", "part", "why"),
    [
        ("", "", "has an empty part"),
        ("  ", "", "has an empty part"),
        ("team=mail,", "", "has an empty part"),
        (",team", "", "has an empty part"),
        ("env=dev,team=two words", "team=two words", "'two words' is not a label's value"),
        ("env=dev,-team", "-team", "'-team' is not a label's key"),
        ("=mail", "=mail", "'' is not a label's key"),
        ("!", "!", "'' is not a label's key"),
        ("!team=mail", "!team=mail", "is not a label's"),
        ("team in ()", "team in ()", "no value in its parentheses"),
        ("team in mail", "team in mail", "is not a label's key"),
        ("team in (mail", "team in (mail", "a parenthesis is not closed"),
        ("team in mail)", "team in mail)", "its parentheses do not match"),
        ("team in ((mail))", "team in ((mail))", "its parentheses do not match"),
        ("team In (mail)", "team In (mail)", "is not a label's key"),
        ("tier>1", "tier>1", "is not a label's key"),
        ("team=a=b", "team=a=b", "'a=b' is not a label's value"),
        ("team===a", "team===a", "'=a' is not a label's value"),
        ("a\nb", "a\\nb", "is not a label's key"),
    ],
)
def test_what_is_wrong_is_named_with_an_example(selector: str, part: str, why: str) -> None:
    with pytest.raises(ValueError, match="the selector") as refused:
        parse_selector(selector)
    said = str(refused.value)
    assert part in said
    assert why in said
    assert said.endswith("for example: team=mail,env in (dev,test),!retired")
    assert said.isprintable()


KEYS, VALUES = ("a", "b", "in", "example.net/c"), ("", "x", "y", "notin")
spaces = st.sampled_from(["", " ", "  "])
requirements = st.builds(
    Requirement,
    st.sampled_from(KEYS),
    st.sampled_from(["in", "notin"]),
    st.frozensets(st.sampled_from(VALUES), min_size=1),
) | st.builds(Requirement, st.sampled_from(KEYS), st.sampled_from(["present", "missing"]))


def written(requirement: Requirement, space: str) -> str:
    """Write a requirement as a person may."""
    match requirement.operator:
        case "present":
            return requirement.key
        case "missing":
            return f"!{space}{requirement.key}"
    values = sorted(requirement.values)
    if values == [""]:
        return f"{requirement.key}{space}{'=' if requirement.operator == 'in' else '!='}{space}"
    return f"{requirement.key} {requirement.operator}{space}({f'{space},{space}'.join(values)})"


@SAME_EACH_TIME
@given(st.lists(requirements, min_size=1, max_size=4), spaces)
def test_what_is_written_is_read_back(wanted: list[Requirement], space: str) -> None:
    text = f"{space},{space}".join(written(each, space) for each in wanted)
    assert parse_selector(text) == Selector(tuple(wanted))


@SAME_EACH_TIME
@given(st.text(alphabet="ab=!(), \nin/.-é", max_size=20))
def test_any_text_is_read_or_refused_with_an_example(text: str) -> None:
    refusal = EXAMPLE
    try:
        parse_selector(text)
    except ValueError as wrong:
        refusal = str(wrong)
    assert refusal.endswith(EXAMPLE)


def test_reading_a_selector_loads_no_library_that_is_slow() -> None:
    loaded = "import sys; import relaykeeper.app.selector; print('pydantic' in sys.modules or 'yaml' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
