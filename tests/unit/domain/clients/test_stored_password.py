"""Which passwords in a vault are ours, and for whom we made them."""

import dataclasses

import pytest

from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword, is_for_probe, made_for, tags_of_password
from shared.domain.object_ref import Version
from tests.fakes.inventory import NOW

CANARY = "canary-that-must-not-sing"


def test_a_password_that_we_make_names_its_client_and_us() -> None:
    ours = {"managed-by": "relaykeeper", "relaykeeper-client": "payroll"}
    assert tags_of_password("payroll", for_probe=False) == ours
    assert tags_of_password("payroll", for_probe=True) == {**ours, "relaykeeper-use": "probe"}
    assert made_for(ours) == "payroll"


def test_only_the_mark_makes_a_password_a_probe_client_s_whoever_set_it() -> None:
    assert is_for_probe({"relaykeeper-use": "probe"})
    assert is_for_probe(tags_of_password("payroll", for_probe=True))
    for tags in ({}, {"relaykeeper-use": "Probe"}, {"relaykeeper-use": ""}, tags_of_password("probe", for_probe=False)):
        assert not is_for_probe(tags)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"managed-by": "relaykeeper"},
        {"relaykeeper-client": "payroll"},
        {"managed-by": "terraform", "relaykeeper-client": "payroll"},
        {"managed-by": "relaykeeper", "relaykeeper-client": "no ID of an inventory\n"},
        {"managed-by": "relaykeeper", "relaykeeper-client": "x" * 64},
    ],
    ids=str,
)
def test_what_has_not_all_of_our_tags_was_made_by_somebody_else(tags: dict[str, str]) -> None:
    assert made_for(tags) is None


def test_a_stored_password_is_neither_shown_nor_turned_into_a_dictionary() -> None:
    stored = StoredPassword(Version("1" * 32), Password(CANARY), NOW, None, "payroll")

    assert CANARY not in repr(stored) + str(stored) + f"{stored}" + repr({"held": [stored]})
    with pytest.raises(TypeError) as refused:
        dataclasses.asdict(stored)
    assert CANARY not in str(refused.value)
