"""`relaykeeper trace` against a mail server and the API, both in the test's own process: the story of a leaf."""

import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.fakes.vault_certificates import Held
from tests.wire.command.site import Site
from tests.wire.smtp.mail_servers import TAKING, converse
from tests.wire.smtp.servers import Script, Shown, serving
from tests.workflows.http import operator
from tests.workflows.world import A

ABOUT = f"certificate/{NAME}"


def presenting(tls: ssl.SSLContext) -> Script:
    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 relay ESMTP\r\n")
        if converse(connection, {**TAKING, "EHLO": "250-relay\r\n250 STARTTLS"}, []):
            with tls.wrap_socket(connection, server_side=True) as encrypted:
                converse(encrypted, TAKING, [])

    return script


@contextmanager
def relay_with(held: Held, folder: Path) -> Iterator[str]:
    """Serve a version of the vault; yield HOST:PORT."""
    file = folder / f"{held.version}.pem"
    key = held.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key + b"".join(one.public_bytes(Encoding.PEM) for one in held.chain))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with serving(presenting(tls)) as port:
        yield f"127.0.0.1:{port}"


def trace(server: str, capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    assert main(["trace", server, "--sni", HOST, *arguments]) == code
    return capsys.readouterr().out


def steps(text: str) -> list[str]:
    return [line[24:] for line in text.splitlines() if re.match(r"  \d{4}-", line)]


def test_it_leads_back_to_the_person_who_asked(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operator(site.world).post(f"/api/certificates/{NAME}/renewals", reason="the CA revoked", force=True)
    site.world.work_off()
    site.world.clock.advance(timedelta(seconds=1))
    held = site.world.versions[-1]
    with relay_with(held, tmp_path) as server:
        told = trace(server, capsys, ExitCode.DONE)
    assert told.splitlines()[0].startswith(f"{server}, asked for {HOST}, presents the leaf ")
    assert f"It is version {held.version} of {ABOUT}, the newest in vault dev." in told
    first, *brought, stored, ordered, asked = steps(told)
    assert first == f"this handshake with {server}"
    assert brought[0] == "dev@ss-dev-01: served by every replica, of which there are 2"
    assert stored == f"stored in the vault as version {held.version[:8]}, valid until 2027-02-20 11:02 UTC"
    assert re.fullmatch(r"ordered at the authority: https://acme\.example\.net/.*/order/2", ordered)
    assert re.fullmatch(r"Ada Lovelace asked for it, request \d{8}T\d{6}Z-[0-9a-f]{8}: the CA revoked", asked)
    assert "\nBehind it is Ada Lovelace (person), because: the CA revoked.\n" in told
    assert told.endswith(
        "Served now by:\n  dev@ss-dev-00: mailrelay-0, mailrelay-1\n  dev@ss-dev-01: mailrelay-0, mailrelay-1\n"
    )


def test_it_leads_back_to_the_timer(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with relay_with(site.world.versions[-1], tmp_path) as server:
        told = trace(server, capsys, ExitCode.DONE)
    assert "\nBehind it is the timer, and nobody else, because: no version in the vault yet.\n" in told


def test_a_version_that_the_vault_signed_has_no_order(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with relay_with(site.world.vault.versions["dev", INTERNAL][-1], tmp_path) as server:
        told = trace(server, capsys, ExitCode.DONE)
    assert steps(told)[-1].endswith("signed by the vault itself")
    assert "ordered" not in told


def test_an_earlier_version_says_so(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = site.world.versions[-1]
    site.world.renew_with_a_stuck_replica(A)
    newest = site.world.versions[-1].version
    with relay_with(held, tmp_path) as server:
        told = trace(server, capsys, ExitCode.DONE)
    assert f"; vault dev has a newer one, {newest} (in quarantine, until 2027-02-20" in told
    assert "dev@ss-dev-00: going back to this version" in told


def test_an_imported_certificate_is_known_and_nobody_is_behind_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.world.history.records[:] = [each for each in site.world.history.records if each.event != "merge"]
    with relay_with(site.world.versions[-1], tmp_path) as server:
        told = trace(server, capsys, ExitCode.NOT_AS_IT_SHOULD_BE)
    assert f"of {ABOUT}, the newest in vault dev" in told
    assert "Who is behind it is not known: no record since it is valid (2026-11-22 11:00 UTC)" in told


def test_what_is_not_ours_is_compared_with_what_the_inventory_has(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Shown(HOST, tmp_path)
    with serving(presenting(shown.tls)) as port:
        told = trace(f"127.0.0.1:{port}", capsys, ExitCode.NOT_AS_IT_SHOULD_BE)
        assert main(["trace", f"127.0.0.1:{port}", "--sni", "other.example.org"]) == ExitCode.NOT_AS_IT_SHOULD_BE
    assert "Relaykeeper does not know this leaf" in told
    version = site.world.versions[-1].version[:8]
    assert f"\nFor that name the inventory has:\n  {ABOUT}: version {version}, leaf " in told
    assert "The inventory has no certificate for that name either." in capsys.readouterr().out


def test_json_has_the_records_of_the_api(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = site.world.versions[-1]
    with relay_with(held, tmp_path) as server:
        document = json.loads(trace(server, capsys, ExitCode.DONE, "--json"))
    assert (document["known"], document["traced"], document["newest"]) == (True, True, True)
    assert (document["object"], document["version"], document["name"]) == (ABOUT, held.version, HOST)
    assert document["merge"]["thumbprint"] == document["leaf"]["thumbprint"]
    assert {each["replica"] for each in document["served_at"]} == {"mailrelay-0", "mailrelay-1"}
    assert document["request"] is None


def test_roots_decide_whether_a_client_accepts_the_chain(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(site.world.authority.root.certificate.public_bytes(Encoding.PEM))
    with relay_with(site.world.versions[-1], tmp_path) as server:
        assert "a client does NOT accept it" in trace(server, capsys, 0)
        assert "chain   a client accepts it" in trace(server, capsys, 0, "--roots", str(roots))


def test_the_leaf_is_told_before_an_app_that_does_not_answer(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.answer = (503, b"")
    with relay_with(site.world.versions[-1], tmp_path) as server:
        assert main(["trace", server, "--sni", HOST]) == ExitCode.UNAVAILABLE
    shown = capsys.readouterr()
    assert "presents the leaf" in shown.out
    assert "status 503" in shown.err


def test_where_else_it_is_served_may_not_be_known(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.answers["/api/certificates"] = (503, b"")
    with relay_with(site.world.versions[-1], tmp_path) as server:
        told = trace(server, capsys, ExitCode.DONE)
    assert f"of {ABOUT}.\n" in told
    assert "Behind it is the timer" in told
    assert "not read: certificates: " in told


@pytest.mark.usefixtures("site")
def test_no_handshake_is_no_story(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(lambda connection: connection.sendall(b"554 go away\r\n")) as port:
        assert main(["trace", f"127.0.0.1:{port}"]) == ExitCode.UNAVAILABLE
    shown = capsys.readouterr()
    assert (shown.out, f"cannot see the certificate of 127.0.0.1:{port}: " in shown.err) == ("", True)


@pytest.mark.usefixtures("site")
def test_a_server_that_takes_no_connection_was_not_reached(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert main(["trace", f"127.0.0.1:{port}"]) == ExitCode.NETWORK
    shown = capsys.readouterr()
    assert f"cannot see the certificate of 127.0.0.1:{port}: connection refused. " in shown.err
    assert f"relaykeeper verify 127.0.0.1:{port}\n" in shown.err


@pytest.mark.usefixtures("site")
def test_a_name_without_an_address_was_not_reached(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_address(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    assert main(["trace", "nosuch.invalid"]) == ExitCode.NETWORK
    assert "nosuch.invalid does not resolve: name or service not known. Check the spelling" in capsys.readouterr().err


def test_a_name_is_resolved_as_by_every_program_of_this_machine(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with relay_with(site.world.versions[-1], tmp_path) as server:
        port = server.rpartition(":")[2]
        assert f"localhost:{port}, asked for {HOST}, " in trace(f"localhost:{port}", capsys, ExitCode.DONE)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("host", ["smtp://mail.example.net", "me@example.net", "mail.example.net:99999"])
def test_what_is_no_server_is_a_usage_error(host: str) -> None:
    assert main(["trace", host]) == ExitCode.USAGE


def test_what_people_wrote_controls_no_terminal(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.world.history.records[:] = [
        replace(each, outcome="\x1b[2J\u202e\nfake", reason="\x07why") for each in site.world.history.records
    ]
    with relay_with(site.world.versions[-1], tmp_path) as server:
        for arguments in ((), ("--json",)):
            assert not set(trace(server, capsys, 0, *arguments)) & {"\x1b", "\u202e", "\x07"}
