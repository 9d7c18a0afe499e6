"""`flux` brings lists in step with the inventory, removes nothing unasked, and writes only what cannot break pods."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared import compose_vaults
from shared.errors import TransientError
from shared.inventory import parse
from tests.fakes.clock import FakeClock
from tests.fakes.keyvault import FakeVault
from tests.unit.inventory.inventories import edited

DEV, PROD = "apps/relay/dev.yaml", "apps/relay/prod.yaml"
BEGAN, LATER, EARLIER = (
    datetime(2020, 1, 1, tzinfo=UTC),
    datetime(2999, 1, 1, tzinfo=UTC),
    datetime(2021, 2, 3, tzinfo=UTC),
)

DEV_PATCH = """\
spec:
  values:
    workload: StatefulSet
    # Names of secrets in relay-dev.
    authKeyVaultSecrets:
    - "jobs"      # nightly
    - "old"
    authKeyVaultName: relay
"""
PROD_PATCH = 'spec:\r\n  values:\r\n    authKeyVaultSecrets: ["jobs"]'

CLIENTS = """\
clients:
  jobs-dev: {user: jobs, secret: jobs, vault: dev, relays: [outer]}
  pcol-dev: {user: pcol, secret: pcol, vault: dev, relays: [outer]}
  jobs-prod: {user: jobs, secret: jobs-for-prod, vault: prod, relays: [inner]}
"""


def lists(path: str) -> str:
    return f"    clients: {{lists: [{{path: {path}, keys: [spec, values, authKeyVaultSecrets]}}]}}\n"


RIGHT = (
    edited(
        ("  dev: {url: https://dev", "  prod: {url: https://prod.vault.example.net}\n  dev: {url: https://dev"),
        ("    ports: [25, 587]\n", f"    ports: [25, 587]\n{lists(DEV)}"),
        ("    ports: [25]\n", f"    ports: [25]\n{lists(PROD)}"),
    )
    + CLIENTS
)


class Flux:
    """The command on a checkout, with an inventory, before vaults in which the listed names have their secrets."""

    def __init__(self, folder: Path) -> None:
        self.repo = folder / "repo"
        self.inventory = folder / "inventory.yaml"
        self.vault = FakeVault(FakeClock())
        self.store("dev", "jobs", "old", "pcol")
        self.store("prod", "jobs-for-prod")
        self.write(DEV, DEV_PATCH)
        self.write(PROD, PROD_PATCH)
        self.inventory.write_text(RIGHT)

    def store(self, vault: str, *names: str, expires: datetime | None = None) -> None:
        for name in names:
            self.vault.store(vault, name, "x", not_before=BEGAN, expires=expires)

    def write(self, path: str, text: str) -> None:
        (self.repo / path).parent.mkdir(parents=True, exist_ok=True)
        (self.repo / path).write_bytes(text.encode())

    def read(self, path: str) -> str:
        return (self.repo / path).read_bytes().decode()

    def change_inventory(self, old: str, new: str) -> None:
        text = self.inventory.read_text()
        assert old in text
        self.inventory.write_text(text.replace(old, new))

    def run(self, *arguments: str) -> int:
        return self._command("flux", *arguments)

    def check(self, *arguments: str) -> int:
        return self._command("check", *arguments)

    def _command(self, *arguments: str) -> int:
        return main(["clients", *arguments, "--repo", str(self.repo), "--inventory", str(self.inventory)])


@pytest.fixture
def flux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flux:
    flux = Flux(tmp_path)
    monkeypatch.setattr(compose_vaults, "open_vaults", lambda _: flux.vault)
    return flux


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return what was printed since the last call, on both streams."""
    return lambda: "".join(capsys.readouterr())


def test_a_client_of_the_inventory_is_listed_and_every_other_byte_stays(flux: Flux, said: Callable[[], str]) -> None:
    assert flux.run() == ExitCode.DONE
    assert flux.read(DEV) == DEV_PATCH.replace('    - "old"\n', '    - "old"\n    - "pcol"\n')
    assert flux.read(PROD) == PROD_PATCH
    output = said()
    assert f"--- a/{DEV}\n+++ b/{DEV}\n" in output
    assert '\n     - "old"\n+    - "pcol"\n     authKeyVaultName: relay\n' in output
    assert f"{DEV}, spec.values.authKeyVaultSecrets, of relay outer: added pcol\n" in output
    assert f"{PROD}, spec.values.authKeyVaultSecrets, of relay inner: unchanged\n" in output
    assert "1 file changed, nothing committed." in output


def test_a_second_run_changes_nothing_and_asks_no_vault(flux: Flux, said: Callable[[], str]) -> None:
    assert flux.run() == ExitCode.DONE
    said()
    flux.vault.faults.before("entries", TransientError("the vault was asked"))
    assert flux.run() == ExitCode.DONE
    assert said().endswith("Nothing to change.\n")


def test_a_listed_name_that_left_the_inventory_is_reported_and_stays(flux: Flux, said: Callable[[], str]) -> None:
    flux.change_inventory("  jobs-dev: {user: jobs, secret: jobs, vault: dev, relays: [outer]}\n", "")
    assert flux.run() == ExitCode.DONE
    assert '- "jobs"' in flux.read(DEV)
    assert "not in the inventory, and left alone: jobs, old. To remove one: --relay outer --remove USER" in said()


def test_an_inventory_that_lost_its_clients_takes_nothing_away(flux: Flux, said: Callable[[], str]) -> None:
    flux.inventory.write_text(RIGHT.removesuffix(CLIENTS))
    assert flux.run() == ExitCode.DONE
    assert (flux.read(DEV), flux.read(PROD)) == (DEV_PATCH, PROD_PATCH)
    assert "Nothing to change." in said()


def test_a_user_is_removed_where_that_is_asked_for_by_name(flux: Flux, said: Callable[[], str]) -> None:
    assert flux.run("--remove", "old") == ExitCode.DONE
    assert flux.read(DEV) == DEV_PATCH.replace('"old"', '"pcol"')
    assert "added pcol; removed old" in said()
    assert flux.run("--remove", "old") == ExitCode.DONE
    assert "'old' is in none of these lists, so there is nothing to remove." in said()


def test_a_user_of_the_inventory_is_not_removed(flux: Flux, said: Callable[[], str]) -> None:
    assert flux.run("--remove", "jobs") == ExitCode.USAGE
    assert flux.read(DEV) == DEV_PATCH
    assert "cannot remove jobs: the inventory has this user for relay outer. Take the client" in said()


def test_a_user_is_removed_from_one_relay_while_another_keeps_it(flux: Flux, said: Callable[[], str]) -> None:
    flux.change_inventory("  jobs-dev: {user: jobs, secret: jobs, vault: dev, relays: [outer]}\n", "")
    assert flux.run("--remove", "jobs", "--relay", "outer") == ExitCode.DONE
    assert '"jobs"' not in flux.read(DEV)
    assert flux.read(PROD) == PROD_PATCH
    assert "removed jobs" in said()


def test_nothing_is_written_while_a_listed_name_lacks_its_secret(flux: Flux, said: Callable[[], str]) -> None:
    del flux.vault.secrets["dev", "pcol"]
    flux.vault.disable("dev", "old")
    flux.store("dev", "jobs", expires=EARLIER)
    assert flux.run() == ExitCode.USAGE
    assert flux.read(DEV) == DEV_PATCH
    output = said()
    assert "nothing was written: 3 listed names without a usable secret would keep pods from starting:\n" in output
    assert (
        "dev/pcol: user pcol of relay outer: there is no enabled secret of that name; it is missing, deleted" in output
    )
    assert "dev/old: user old of relay outer, which the inventory does not have: there is no enabled secret" in output
    assert "dev/jobs: user jobs of relay outer: the secret expired on 2021-02-03. Store a new version" in output


def test_removing_the_name_without_a_secret_lets_the_rest_be_written(flux: Flux) -> None:
    del flux.vault.secrets["dev", "old"]
    assert flux.run("--remove", "old") == ExitCode.DONE
    assert flux.read(DEV) == DEV_PATCH.replace('"old"', '"pcol"')


def test_key_vault_ignores_the_case_of_names(flux: Flux) -> None:
    del flux.vault.secrets["dev", "pcol"]
    flux.store("dev", "PCOL")
    assert flux.run() == ExitCode.DONE


def test_both_print_json_instead(flux: Flux, capsys: pytest.CaptureFixture[str]) -> None:
    flux.store("dev", "jobs", expires=LATER)
    assert flux.check("--json") == ExitCode.DONE
    names = json.loads(capsys.readouterr().out)["names"]
    assert [(each["secret"], each["usable"], each["client"]) for each in names][:2] == [
        ("dev/jobs", True, "jobs-dev"),
        ("dev/old", True, None),
    ]

    assert flux.run("--remove", "old", "--json") == ExitCode.DONE
    changed = json.loads(capsys.readouterr().out)
    assert DEV in [each["path"] for each in changed["files"]]
    assert any("removed old" in line for line in changed["lists"])


def test_a_certificate_of_that_name_is_no_password(flux: Flux, said: Callable[[], str]) -> None:
    del flux.vault.secrets["dev", "old"]
    flux.change_inventory("  mail:\n", "  old: {vault: dev, issuer: self-signed, dns_names: [mail.old]}\n  mail:\n")
    certificate = parse(flux.inventory.read_text()).certificates["old"]
    flux.vault.create(certificate, {})
    flux.vault.sign(certificate)
    assert flux.check() == ExitCode.NOT_AS_IT_SHOULD_BE
    assert "FAIL dev/old: user old of relay outer, which the inventory does not have: a certificate has" in said()


def test_check_says_for_each_listed_name_whether_it_has_a_secret(flux: Flux, said: Callable[[], str]) -> None:
    flux.store("dev", "jobs", expires=LATER)
    assert flux.check() == ExitCode.DONE
    assert said() == (
        "ok dev/jobs: user jobs of relay outer: enabled, expires on 2999-01-01\n"
        "ok dev/old: user old of relay outer, which the inventory does not have: enabled, without expiry\n"
        "ok prod/jobs-for-prod: user jobs of relay inner: enabled, without expiry\n"
        "Asking Key Vault (dev, prod) for the names and dates of secrets ...\n"
        "3 listed names, none without a usable secret.\n"
    )
    assert (flux.read(DEV), flux.read(PROD)) == (DEV_PATCH, PROD_PATCH)


def test_check_fails_while_one_listed_name_lacks_its_secret(flux: Flux, said: Callable[[], str]) -> None:
    del flux.vault.secrets["prod", "jobs-for-prod"]
    assert flux.check() == ExitCode.NOT_AS_IT_SHOULD_BE
    output = said()
    assert "FAIL prod/jobs-for-prod: user jobs of relay inner: there is no enabled secret" in output
    assert "3 listed names, 1 without a usable secret." in output


def test_check_of_one_relay_asks_its_vault_alone(flux: Flux, said: Callable[[], str]) -> None:
    assert flux.check("--relay", "inner") == ExitCode.DONE
    assert "Asking Key Vault (prod)" in said()


def test_a_name_that_no_client_has_is_looked_up_in_the_vault_of_the_relays_clients(
    flux: Flux, said: Callable[[], str]
) -> None:
    flux.change_inventory("secret: pcol, vault: dev", "secret: pcol, vault: prod")
    assert flux.check("--relay", "outer") == ExitCode.NOT_AS_IT_SHOULD_BE
    assert "FAIL ?/old: user old of relay outer, which the inventory does not have: its vault is not known" in said()
    flux.change_inventory(f"    clients: {{lists: [{{path: {DEV}", f"    clients: {{vault: dev, lists: [{{path: {DEV}")
    assert flux.check("--relay", "outer") == ExitCode.DONE


def test_check_removes_nothing(flux: Flux, said: Callable[[], str]) -> None:
    assert flux.check("--remove", "old") == ExitCode.USAGE
    assert "No such option: --remove" in said()


def test_two_lists_in_one_file_are_both_edited(flux: Flux) -> None:
    flux.change_inventory(
        f"path: {PROD}, keys: [spec, values, authKeyVaultSecrets]", f"path: {DEV}, keys: [spec, inner]"
    )
    flux.write(DEV, f"{DEV_PATCH}  inner: []\n")
    assert flux.run() == ExitCode.DONE
    assert flux.read(DEV).endswith('- "pcol"\n    authKeyVaultName: relay\n  inner: ["jobs"]\n')


def test_a_missing_final_newline_is_shown_in_the_diff(flux: Flux, said: Callable[[], str]) -> None:
    flux.write(PROD, PROD_PATCH.replace('"jobs"', ""))
    assert flux.run("--relay", "inner") == ExitCode.DONE
    assert flux.read(PROD) == PROD_PATCH
    assert (
        "-    authKeyVaultSecrets: []\n\\ No newline at end of file\n"
        '+    authKeyVaultSecrets: ["jobs"]\n\\ No newline at end of file\n'
    ) in said()


def test_permissions_stay_and_nothing_unfinished_is_left(flux: Flux) -> None:
    (flux.repo / DEV).chmod(0o640)
    assert flux.run() == ExitCode.DONE
    assert (flux.repo / DEV).stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in (flux.repo / DEV).parent.iterdir()) == ["dev.yaml", "prod.yaml"]


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        (
            DEV,
            "spec: {values: {}}",
            f"cannot read the list of relay outer in {DEV}: spec.values.authKeyVaultSecrets is not",
        ),
        (DEV, "spec: [", "it is not YAML, from line 2, column 1 on"),
        (PROD, "spec:\n  values:\n    authKeyVaultSecrets:\n", "is empty; expected is a list of names, or [] for none"),
        (
            DEV,
            DEV_PATCH.replace('"old"', '"Pcol"'),
            "cannot add pcol to apps/relay/dev.yaml for relay outer: 'Pcol' is",
        ),
    ],
)
def test_a_list_that_cannot_be_edited_leaves_every_file_as_it_is(
    flux: Flux, said: Callable[[], str], path: str, text: str, says: str
) -> None:
    flux.write(path, text)
    before = (flux.read(DEV), flux.read(PROD))
    assert flux.run() == ExitCode.USAGE
    assert (flux.read(DEV), flux.read(PROD)) == before
    assert says in said()


def test_a_file_that_is_not_there_or_no_text_is_named(flux: Flux, said: Callable[[], str]) -> None:
    (flux.repo / PROD).write_bytes(b"\xff\xfe")
    assert flux.run() == ExitCode.USAGE
    assert f"cannot read {PROD} in {flux.repo}: it is not UTF-8 text" in said()
    (flux.repo / PROD).unlink()
    assert flux.run() == ExitCode.USAGE
    assert f"cannot read {PROD} in {flux.repo}: No such file or directory" in said()


def test_a_link_is_followed_but_not_out_of_the_repository(flux: Flux, said: Callable[[], str], tmp_path: Path) -> None:
    (flux.repo / DEV).rename(flux.repo / "real.yaml")
    (flux.repo / DEV).symlink_to("../../real.yaml")
    assert flux.run() == ExitCode.DONE
    assert (flux.repo / DEV).is_symlink()
    assert '"pcol"' in flux.read("real.yaml")
    (flux.repo / "real.yaml").rename(tmp_path / "elsewhere.yaml")
    (flux.repo / DEV).unlink()
    (flux.repo / DEV).symlink_to(tmp_path / "elsewhere.yaml")
    assert flux.run() == ExitCode.USAGE
    assert f"cannot use {DEV}: it is a link that leads out of {flux.repo}" in said()


def test_an_unreadable_vault_is_one_line_and_nothing_is_written(flux: Flux, said: Callable[[], str]) -> None:
    flux.vault.faults.before("entries", TransientError("cannot list vault dev: no answer within 20 s"))
    assert flux.run() == ExitCode.UNAVAILABLE
    assert flux.read(DEV) == DEV_PATCH
    assert said().endswith("relaykeeper: cannot list vault dev: no answer within 20 s\n")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("user: pcol", "user: a/b", "clients.pcol-dev.user: a/b is not a user name"),
        (lists(DEV), "", "the inventory names no list of relay outer; add clients.lists, a path and keys, to a relay"),
    ],
)
def test_a_wrong_inventory_is_refused(flux: Flux, said: Callable[[], str], old: str, new: str, says: str) -> None:
    flux.change_inventory(old, new)
    assert flux.run("--relay", "outer") == ExitCode.USAGE
    assert says in said()


def test_what_is_not_there_is_named(
    flux: Flux, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert flux.run("--relay", "uter") == ExitCode.USAGE
    assert "the inventory has no relay 'uter'. Did you mean outer?" in said()
    flux.repo = tmp_path / "nowhere"
    assert flux.run() == ExitCode.USAGE
    assert f"there is no folder {flux.repo}; --repo names a checkout" in said()
    flux.inventory = tmp_path / "none.yaml"
    assert flux.run() == ExitCode.USAGE
    assert f"cannot read the inventory {flux.inventory}" in said()
    monkeypatch.delenv("RELAYKEEPER_INVENTORY", raising=False)
    assert main(["clients", "flux", "--repo", str(tmp_path)]) == ExitCode.USAGE
    assert "there is no inventory: give --inventory FILE, set RELAYKEEPER_INVENTORY" in said()


def test_the_environment_may_name_the_inventory(flux: Flux, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAYKEEPER_INVENTORY", str(flux.inventory))
    assert main(["clients", "check", "--repo", str(flux.repo)]) == ExitCode.DONE


def test_help_says_what_is_written(said: Callable[[], str]) -> None:
    assert main(["clients", "flux", "--help"]) == ExitCode.DONE
    assert "nothing is committed or pushed" in " ".join(said().split())
