"""The command `verify`, judged by Exim and Postfix as other people configure them."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.local.pki import Authority
from relaykeeper.__main__ import main
from relaykeeper.exit_codes import ExitCode
from shared.domain.clients.password import generate_password
from tests.e2e import leaks
from tests.relay.conftest import ADDRESS
from tests.relay.exims import exim
from tests.relay.postfix import Service, postfix

NAME = "mail.example"
USER, PASSWORD = "payroll", generate_password().reveal_for_auth()

IN_TLS_ALONE = "auth_advertise_hosts = ${if def:tls_in_cipher {*}}"
MODERN = "tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"

EXIMS = {
    "Exim": f"{IN_TLS_ALONE}\n{MODERN}",
    "Exim, one session": f"{IN_TLS_ALONE}\n{MODERN}\nsmtp_accept_max_per_host = 1",
}
AUTHENTICATORS = r"""
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${if def:tls_in_cipher}
  server_set_id = $auth2
  server_condition = ${if and {{eq {$auth2} {USER}}{eq {$auth3} {PASSWORD}}}}
""".replace("USER", USER).replace("PASSWORD", PASSWORD)

POSTFIXES = {
    "Postfix": Service({"smtpd_tls_protocols": ">=TLSv1.2"}),
    "Postfix, TLS first": Service({"smtpd_tls_wrappermode": "yes", "smtpd_tls_security_level": "encrypt"}),
    "Postfix, old": Service({"smtpd_tls_protocols": ">=TLSv1", "tls_medium_cipherlist": "ALL:@SECLEVEL=0"}),
    "Postfix, without TLS": Service({"smtpd_tls_security_level": "none"}),
    "postscreen": Service({"postscreen_greet_wait": "1s"}, "postscreen"),
}


class Servers:
    """Every server, each started when it is first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        authority = Authority.create(Path(stack.enter_context(tempfile.TemporaryDirectory())), "verify")
        self.roots, self._pair = authority.path, authority.issue(NAME, names=[NAME])
        self._ports: dict[str, int] = {}

    def port(self, name: str) -> int:
        if name not in self._ports and name in EXIMS:
            self._ports[name] = self._stack.enter_context(exim(self._pair, EXIMS[name], AUTHENTICATORS))
        elif name not in self._ports:
            self._ports |= self._stack.enter_context(postfix(self._pair, POSTFIXES)).ports
        return self._ports[name]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


@pytest.mark.parametrize(
    ("server", "more", "code", "expected"),
    [
        (
            "Exim",
            ["--recipient", "postmaster@example.org"],
            ExitCode.DONE,
            {"mail-without-login": "RefusesWithoutLogin"},
        ),
        ("Exim, one session", [], ExitCode.DONE, {"wrong-sni": "SameCertificate"}),
        ("Postfix, without TLS", [], ExitCode.NOT_AS_IT_SHOULD_BE, {"starttls": "StartTlsNotOffered"}),
        ("Postfix", [], ExitCode.DONE, {"tls-versions": "OnlyModernTls"}),
        ("Postfix, TLS first", ["--tls"], ExitCode.DONE, {"capabilities": "CapabilitiesRead"}),
        ("Postfix, old", [], ExitCode.DONE, {"tls-versions": "OldTlsAccepted"}),
        ("postscreen", [], ExitCode.DONE, {"certificate": "CertificateRead"}),
    ],
)
def test_real_servers_are_judged_as_they_are_set_up(
    servers: Servers,
    capsys: pytest.CaptureFixture[str],
    server: str,
    more: list[str],
    code: ExitCode,
    expected: Mapping[str, str],
) -> None:
    where = [f"{ADDRESS}:{servers.port(server)}", "--sni", NAME, "--roots", str(servers.roots)]
    ended = main(["verify", *where, "--json", *more])

    [address] = json.loads(capsys.readouterr().out)["addresses"]
    found = {each["name"]: each["reason"] for each in address["checks"]}
    assert {name: found.get(name) for name in expected} == expected
    assert ended == code, address["checks"]
    assert address["software"].startswith(server.partition(",")[0].replace("postscreen", "Postfix"))


def test_a_login_is_taken_in_tls_and_the_password_is_never_shown(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    where = [f"{ADDRESS}:{servers.port('Exim')}", "--sni", NAME, "--roots", str(servers.roots)]

    assert main(["verify", *where, "--user", USER, "--password-file", str(file)]) == ExitCode.DONE

    said = capsys.readouterr()
    assert "AUTH PLAIN: 235 Authentication succeeded" in said.out
    assert leaks.leaks([leaks.text("the password", PASSWORD)], {"all": (said.out + said.err).encode()}) == []
