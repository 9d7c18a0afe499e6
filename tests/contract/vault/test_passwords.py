"""Clients' passwords: what is stored is read back, with the dates and the client that belong to it."""

from datetime import timedelta

import pytest

from shared.domain.clients.password import Password, generate_password
from shared.domain.clients.stored_password import StoredPassword, tags_of_password
from shared.domain.object_ref import Version
from shared.errors import PermanentError, TransientError, Unreadable
from shared.inventory import SecretReference
from tests.contract.vault.passwords import Moment, PasswordVault
from tests.contract.vault.places import VAULT

pytestmark = pytest.mark.vault

CANARY = "canary-that-must-not-sing-4711"
CLIENT = "payroll-dev"
NO_VERSION = Version("0" * 32)


def text(stored: StoredPassword | None) -> str | None:
    return None if stored is None else stored.password.reveal_for_auth()


def make(passwords: PasswordVault, ref: SecretReference, password: Password) -> Version:
    return passwords.port.make_password(ref, CLIENT, password, passwords.clock.now() + timedelta(days=90))


def test_a_name_that_was_never_used_has_no_password(passwords: PasswordVault) -> None:
    ref = passwords.ref()

    assert passwords.port.password(ref) is None
    assert passwords.port.password(ref, NO_VERSION) is None


def test_a_password_that_we_made_is_read_back_with_its_client_and_dates(passwords: PasswordVault) -> None:
    ref, password = passwords.ref(), generate_password()
    now = passwords.clock.now().replace(microsecond=0)
    expires = now + timedelta(days=90)

    version = passwords.port.make_password(ref, CLIENT, password, expires)
    stored = passwords.port.password(ref)

    assert stored is not None
    assert (stored.version, stored.expires, stored.made_for) == (version, expires, CLIENT)
    assert abs(stored.begins - now) < timedelta(minutes=1)
    assert text(stored) == password.reveal_for_auth()


def test_a_probe_client_s_password_is_marked_and_no_other(passwords: PasswordVault) -> None:
    ref = passwords.ref()
    first = passwords.port.make_password(ref, CLIENT, generate_password(), None, for_probe=True)
    second = make(passwords, ref, generate_password())

    for version, for_probe in ((first, True), (second, False)):
        stored = passwords.port.password(ref, version)
        assert stored is not None
        assert (stored.made_for, stored.for_probe) == (CLIENT, for_probe)


def test_a_person_marks_a_password_as_a_probe_client_s_in_place_of_its_other_tags(passwords: PasswordVault) -> None:
    ref = passwords.ref()
    version = make(passwords, ref, generate_password())
    passwords.people.tag(ref.name, version, {"relaykeeper-use": "probe"})

    stored = passwords.port.password(ref)

    assert stored is not None
    assert (stored.version, stored.made_for, stored.for_probe) == (version, None, True)
    [entry] = [entry for entry in passwords.port.entries(VAULT) if entry.name == ref.name]
    assert entry.tags == {"relaykeeper-use": "probe"}


def test_without_an_end_it_does_not_expire(passwords: PasswordVault) -> None:
    ref = passwords.ref()
    passwords.port.make_password(ref, CLIENT, generate_password(), None)

    stored = passwords.port.password(ref)

    assert stored is not None
    assert stored.expires is None


def test_each_version_is_known_by_its_name_and_the_newest_without(passwords: PasswordVault) -> None:
    ref, earlier, later = passwords.ref(), generate_password(), generate_password()
    first, second = (make(passwords, ref, one) for one in (earlier, later))

    assert text(passwords.port.password(ref)) == later.reveal_for_auth()
    for version, password in ((first, earlier), (second, later)):
        stored = passwords.port.password(ref, version)
        assert stored is not None
        assert (stored.version, text(stored)) == (version, password.reveal_for_auth())
    assert passwords.port.password(ref, NO_VERSION) is None


def test_the_vault_lists_it_with_our_tags_alone(passwords: PasswordVault) -> None:
    ref = passwords.ref()
    make(passwords, ref, Password(CANARY))

    [entry] = [entry for entry in passwords.port.entries(VAULT) if entry.name == ref.name]

    assert entry.tags == tags_of_password(CLIENT, for_probe=False)
    assert CANARY not in repr(entry)


def test_a_password_that_a_person_stored_is_read_as_it_is_and_is_not_ours(passwords: PasswordVault) -> None:
    ref = passwords.ref()
    begins = passwords.clock.now().replace(microsecond=0) - timedelta(days=30)
    expires = begins + timedelta(days=1)
    version = passwords.store(ref, f"{CANARY}é\n", begins, expires)

    stored = passwords.port.password(ref)

    assert stored is not None
    assert (stored.version, stored.begins, stored.expires, stored.made_for) == (version, begins, expires, None)
    assert text(stored) == f"{CANARY}é\n"
    assert CANARY not in repr(stored)


def test_a_person_s_newer_version_counts_and_ours_stays_readable(passwords: PasswordVault) -> None:
    ref, ours = passwords.ref(), generate_password()
    made = make(passwords, ref, ours)
    theirs = passwords.store(ref, CANARY)

    newest, before = passwords.port.password(ref), passwords.port.password(ref, made)

    assert newest is not None
    assert (newest.version, newest.made_for) == (theirs, None)
    assert before is not None
    assert (before.made_for, text(before)) == (CLIENT, ours.reveal_for_auth())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_got_no_answer_sees_whether_the_password_was_stored(
    passwords: PasswordVault, moment: Moment
) -> None:
    ref, password = passwords.ref(), generate_password()
    if passwords.break_next_store is None:
        pytest.skip("a real vault does not break off its answers")
    passwords.break_next_store(moment)

    with pytest.raises(TransientError):
        make(passwords, ref, password)

    stored = passwords.port.password(ref)
    if moment == "before":
        assert stored is None
    else:
        assert stored is not None
        assert (stored.made_for, text(stored)) == (CLIENT, password.reveal_for_auth())
        [version] = passwords.people.versions(ref.name)
        assert version == stored.version


def test_a_disabled_version_is_none_and_as_the_newest_it_is_refused(passwords: PasswordVault) -> None:
    ref, earlier = passwords.ref(), generate_password()
    first, second = make(passwords, ref, earlier), make(passwords, ref, generate_password())
    passwords.people.disable(ref.name, second)

    with pytest.raises(Unreadable, match="newest version is disabled"):
        passwords.port.password(ref)
    assert passwords.port.password(ref, second) is None
    assert text(passwords.port.password(ref, first)) == earlier.reveal_for_auth()

    third = make(passwords, ref, generate_password())
    newest = passwords.port.password(ref)
    assert newest is not None
    assert newest.version == third


def test_under_the_name_of_a_deleted_secret_nothing_is_stored_until_a_person_recovers_it(
    passwords: PasswordVault,
) -> None:
    ref, old = passwords.ref(), generate_password()
    first = make(passwords, ref, old)
    passwords.people.delete(ref.name)

    assert passwords.port.password(ref) is None
    with pytest.raises(PermanentError) as refused:
        make(passwords, ref, Password(CANARY))

    said = str(refused.value)
    retention = [passwords.clock.now() + timedelta(days=days) for days in range(6, 91)]
    assert any(f"holds the name until {end:%Y-%m-%d} (UTC)" in said for end in retention), said
    assert "`az keyvault secret recover --id https://" in said
    assert f"/deletedsecrets/{ref.name}`: its old password would be valid again, so store a new one" in said
    assert CANARY not in said

    passwords.people.recover(ref.name)
    recovered = passwords.port.password(ref)
    assert recovered is not None
    assert (recovered.version, text(recovered)) == (first, old.reveal_for_auth())


def test_the_key_of_a_certificate_is_no_password(passwords: PasswordVault) -> None:
    certificate = passwords.officer.certificate(issuer="self-signed")
    passwords.officer.port.create(certificate, {})
    passwords.officer.eventually(lambda: passwords.officer.port.latest(certificate))
    ref = SecretReference(VAULT, certificate.name)

    with pytest.raises(Unreadable, match="it holds the key of a certificate"):
        passwords.port.password(ref)
    with pytest.raises(PermanentError, match="It holds the key of a certificate: name another secret"):
        make(passwords, ref, generate_password())
