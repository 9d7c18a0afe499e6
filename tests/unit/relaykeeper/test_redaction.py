"""What may be a secret is taken away; what an engineer needs to read stays."""

import time

import pytest

from relaykeeper.bundle.redaction import Redaction

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"
FUNCTION_KEY = "Q2hhbmdlVGhpc0tleVBsZWFzZU5vdzEyMzQ1Njc4OTA_AzFuABCDEFGH=="
STORAGE_KEY = "k" * 86 + "=="


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"before\n{KEY}\nafter", "MIIEvQ"),
        (KEY.replace("PRIVATE", "EC PRIVATE"), "MIIEvQ"),
        (KEY.replace("\n", "\\n"), "hkiG9w0"),
        (KEY.partition("\n-----END")[0], "hkiG9w0"),
        (KEY.partition("-----\n")[2] + "\nnext line", "hkiG9w0"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ('{"authorization": "Basic dXNlcjpwYXNz"}', "dXNlcjpwYXNz"),
        ("('x-functions-key', 'a b c')", "a b c"),
        ("Cookie: session=1; other=2", "other=2"),
        ("Cookie: token=0123456789; session=mine", "mine"),
        (f"private_key: {KEY}", "hkiG9w0"),
        ("sent bearer 0123456789abcdef", "0123456789abcdef"),
        (f"got {JWT} from", "eyJzdWIi"),
        ("POST /api/tick?code=abc%2Bdef&x=1", "abc%2Bdef"),
        ("https://x.blob.core.windows.net/c?sv=2024&sig=AbC%3D&se=1", "AbC%3D"),
        ("DefaultEndpointsProtocol=https;AccountKey=abcdef+/==;X=1", "abcdef+/=="),
        ("InstrumentationKey=00000000-1111-2222-3333-444444444444;x", "1111-2222"),
        ("password: correct horse battery", "battery"),
        ('{"db_password":"hun\\"ter2","level":"info"}', "ter2"),
        ("client_secret=s3cr3t&grant_type=x", "s3cr3t"),
        ("RELAYKEEPER_FUNCTION_KEY=abcdefg", "abcdefg"),
        (f"key {FUNCTION_KEY} used", "Q2hhbmdl"),
        (f"with {STORAGE_KEY}.", "kkkk"),
        ("abc8Q~" + "x" * 32, "xxxx"),
        ("C: AUTH PLAIN AHVzZXIAcGFzcw==", "AHVzZXI"),
        ("https://me:hunter2@mail.example.net/", "hunter2"),
        ("POST https://hooks.slack.com/services/T0/B0/XyZ", "XyZ"),
        ("login with own-key-123 failed", "own-key-123"),
    ],
)
def test_what_may_be_a_secret_is_removed_and_counted(text: str, secret: str) -> None:
    redaction = Redaction(("own-key-123",))
    cleaned = redaction.text(text)
    assert secret in text
    assert secret not in cleaned
    assert "[removed: " in cleaned
    assert redaction.removed.total() >= 1


@pytest.mark.parametrize(
    "line",
    [
        "12:00:00Z timer wrote Secret mailrelay/relay-tls at prod@a (version 118aa0f8f2c14c5e8644f2ab58505c6e)",
        "thumbprint 4d6e0ed1fbcb8160d16b4ee9a595028556b1e02a93326e49c38092918c647b36",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "made a password in dev/pcol",
        "535 Incorrect authentication data (user=payroll)",
        "no token was given, and no function key",
        "https://login.microsoftonline.com/common/oauth2/token",
        "AUTH PLAIN with initial response: Accepted",
        "AUTH PLAIN offered before TLS",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    redaction = Redaction()
    assert redaction.text(line) == line
    assert not redaction.removed


def test_only_what_is_secret_in_json_is_removed() -> None:
    redaction = Redaction()
    document = {"secret": "relay-tls", "list": [{"reason": "the password: hunter2"}], "access_token": "x", "n": 3}
    assert redaction.document(document) == {
        "secret": "relay-tls",
        "list": [{"reason": "the password: [removed: password]"}],
        "access_token": "[removed: member of JSON]",
        "n": 3,
    }
    assert dict(redaction.removed) == {"password": 1, "member of JSON": 1}


def test_metrics_keep_their_labels() -> None:
    line = 'relaykeeper_client_secret_expires{secret="pcol"} 1.7e9'
    assert Redaction().by_shape(line) == line


@pytest.mark.parametrize(
    "line",
    ["a" * 100_000, "a.-" * 30_000, "token" * 20_000, "-----BEGIN " * 10_000, "?code" * 20_000, '"\\' * 50_000],
)
def test_no_line_takes_long(line: str) -> None:
    begin = time.process_time()
    Redaction().text(line)
    assert time.process_time() - begin < 3
