"""A relay whose configuration nobody here wrote: what `verify-relay` and logins say of it, as it is and with faults."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.node.container import USER
from infra.local.pki import Authority
from relaykeeper.__main__ import main
from shared.domain.clients.password import generate_password
from shared.workflows.examine import MADE_UP_USERS
from tests.e2e import leaks
from tests.relay.conftest import ADDRESS, EXIM, free_port
from tests.relay.exims import wait_until_listening
from tests.relay.test_logins import WAYS

CONFIGURATION = Path(__file__).with_name("public_image.conf")
SNI, OUTBOUND = "prod-in.mail.example", "relay-client.example"
CLIENT, RECIPIENT = "pcol-prod", "postmaster@example.org"
PASSWORD = generate_password().reveal_for_auth()


@dataclass(frozen=True, slots=True)
class Image:
    """A container's files, and the authority behind its certificates."""

    root: Path
    authority: Authority

    @property
    def log(self) -> str:
        return "".join(file.read_text() for file in (self.root / "log").iterdir())

    def write(self, path: str, content: bytes) -> None:
        file = self.root / "etc" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def certify(self, path: str, name: str) -> None:
        pair = self.authority.issue(name, names=[name])
        self.write(path, pair.key.read_bytes() + pair.certificate.read_bytes())

    def edit(self, old: str, new: str) -> None:
        file = self.root / "exim.conf"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    @contextmanager
    def running(self, from_hosts: str = "", smarthost: int = 25) -> Iterator[int]:
        """Run its Exim and yield the port."""
        port = free_port()
        macros = {"IMAGE_ROOT": self.root, "RELAY_FROM_HOSTS": from_hosts, "SMARTHOST": f"{ADDRESS}::{smarthost}"}
        argv: list[str | Path] = [
            EXIM,
            "-C",
            self.root / "exim.conf",
            *(f"-D{name}={value}" for name, value in macros.items()),
        ]
        with subprocess.Popen([*argv, "-bdf", "-oX", f"[{ADDRESS}]:{port}"], start_new_session=True) as daemon:
            try:
                wait_until_listening(daemon, self.root / "log/mainlog")
                yield port
            finally:
                if daemon.poll() is None:
                    os.killpg(daemon.pid, signal.SIGKILL)  # its sessions too


@pytest.fixture
def image() -> Iterator[Image]:
    with tempfile.TemporaryDirectory(prefix="image-") as name:
        root = Path(name)
        root.chmod(0o755)
        for writable in (root / "spool", root / "log"):
            writable.mkdir()
            shutil.chown(writable, USER)
        shutil.copyfile(CONFIGURATION, root / "exim.conf")
        image = Image(root, Authority.create(root / "pki", "relay"))
        image.certify(f"ssl/inbound/{SNI}.pem", SNI)
        image.certify("ssl/default-outbound/pemcert.pem", OUTBOUND)
        image.write(f"exim/auth/{CLIENT}", PASSWORD.encode())
        yield image


def verify_relay(
    image: Image, port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], *more: str, name: str = SNI
) -> Mapping[str, Mapping[str, str]]:
    """Return the checks by their names, having seen that neither output nor the relay's log shows the password."""
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    where = ["--address", f"{ADDRESS}:{port}", "--server-name", name, "--roots", str(image.authority.path)]
    who = ["--user", CLIENT, "--password-file", str(password), "--recipient", RECIPIENT]
    main(["verify-relay", "prod", *where, *who, *more, "--json"])
    said = capsys.readouterr()
    shown = {"output": said.out.encode(), "errors": said.err.encode(), "its log": image.log.encode()}
    assert leaks.leaks([leaks.text("the password", PASSWORD)], shown) == []
    return {each["name"]: each for each in json.loads(said.out)["checks"]}


def reasons(found: Mapping[str, Mapping[str, str]], names: Iterable[str]) -> list[tuple[str, str]]:
    return [(found[name]["reason"], found[name]["status"]) for name in names]


def test_it_takes_its_clients_prompted_alone_and_tells_nobody_that_a_user_is_unknown(
    image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with image.running() as port:
        found = verify_relay(image, port, tmp_path, capsys)

    assert reasons(found, WAYS) == [
        ("Tainted", "warning"),
        ("Accepted", "ok"),
        ("Tainted", "warning"),
        ("Accepted", "ok"),
    ]
    assert reasons(found, MADE_UP_USERS) == [("Tainted", "warning")] * 3
    assert reasons(found, ["greeting", "starttls", "auth-before-tls", "certificate", "mail-without-login"]) == [
        ("Greeted", "ok"),
        ("StartTlsOffered", "ok"),
        ("NoLoginInClear", "ok"),
        ("ServesExpected", "ok"),
        ("RefusesWithoutLogin", "ok"),
    ]
    assert "Tainted filename" in image.log


def test_from_a_host_that_it_trusts_mail_without_a_login_proves_nothing_and_that_is_said(
    image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with image.running(from_hosts=ADDRESS) as port:
        found = verify_relay(image, port, tmp_path, capsys)
    assert found["mail-without-login"]["reason"] == "AcceptsWithoutLogin"
    assert "our address is among the hosts that it trusts" in found["mail-without-login"]["message"]
    assert " <= " not in image.log


def test_a_name_without_a_pem_gets_the_outbound_certificate_and_no_login(
    image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with image.running() as port:
        found = verify_relay(image, port, tmp_path, capsys, name="dev-in.mail.example")
    assert (found["certificate"]["reason"], found["login"]["reason"]) == ("ServesUnexpected", "NotTried")
    assert OUTBOUND in found["certificate"]["message"]


@pytest.mark.parametrize(("compared_whole", "prompted"), [(False, "Accepted"), (True, "Refused")])
def test_a_file_with_a_line_break_is_refused_where_the_image_compares_it_whole(
    image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str], compared_whole: bool, prompted: str
) -> None:
    if compared_whole:
        image.edit("} {}}} {yes}", "}}} {yes}")
    image.write(f"exim/auth/{CLIENT}", f"{PASSWORD}\n".encode())
    with image.running() as port:
        found = verify_relay(image, port, tmp_path, capsys)
    login = found["login-login-prompted"]
    assert login["reason"] == prompted
    assert ("a line break at its end included" in login["remedy"]) == compared_whole


def test_a_client_without_a_file_is_taken_for_a_fault_of_the_relay(
    image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (image.root / "etc/exim/auth" / CLIENT).unlink()
    with image.running() as port:
        found = verify_relay(image, port, tmp_path, capsys)
    assert reasons(found, WAYS) == [("Tainted", "failed")] * 4
    assert "cannot read the user's file: there is none" in found["login-login-prompted"]["remedy"]


def test_a_message_is_sent_by_the_way_that_it_takes(
    image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with image.running(smarthost=free_port()) as port:
        log = str(image.root / "log/mainlog")
        found = verify_relay(image, port, tmp_path, capsys, "--send-to", RECIPIENT, "--log-file", log)
    assert (found["test-message"]["reason"], found["test-message-end"]["reason"]) == (
        "MessageQueued",
        "DeliveryDeferred",
    )
    assert "A=plain_server:pcol-prod" in image.log
