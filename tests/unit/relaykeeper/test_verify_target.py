"""HOST[:PORT] and the names are read as people write them, and what cannot be meant is refused with what to write."""

from datetime import timedelta

import pytest

from relaykeeper.verify.target import Target, mailbox, read_target, span
from shared.errors import PermanentError

NAME = "mail.example.net"


def read(text: str, *sni: str, tls: bool = False, starttls: bool = False) -> Target:
    return read_target(text, sni, tls=tls, starttls=starttls)


@pytest.mark.parametrize(
    ("text", "host", "port", "implicit"),
    [
        (NAME, NAME, 25, False),
        ("Mail.Example.NET.", NAME, 25, False),
        (f"{NAME}:587", NAME, 587, False),
        (f"{NAME}:465", NAME, 465, True),
        ("localhost:1", "localhost", 1, False),
        ("192.0.2.7", "192.0.2.7", 25, False),
        ("192.0.2.7:587", "192.0.2.7", 587, False),
        ("2001:db8::7", "2001:db8::7", 25, False),
        ("[2001:db8::7]", "2001:db8::7", 25, False),
        ("[2001:db8::7]:465", "2001:db8::7", 465, True),
        ("fe80::1%eth0", "fe80::1%eth0", 25, False),
        ("münchen.example.net", "xn--mnchen-3ya.example.net", 25, False),
        ("straße.example.net:587", "xn--strae-oqa.example.net", 587, False),
    ],
)
def test_hosts_and_ports_are_read_as_people_write_them(text: str, host: str, port: int, implicit: bool) -> None:
    target = read(text)
    assert (target.host, target.port, target.implicit) == (host, port, implicit)


def test_tls_comes_first_if_told_and_not_at_465_if_told() -> None:
    assert read(f"{NAME}:10465", tls=True).implicit
    assert not read(f"{NAME}:465", starttls=True).implicit


def test_the_host_is_the_first_name_and_with_an_address_the_first_sni_is() -> None:
    assert (read(NAME, "a.example.net", NAME).name, read(NAME, "a.example.net").further) == (NAME, ("a.example.net",))
    assert (read("192.0.2.7", "a.example.net", "b.example.net").name) == "a.example.net"
    assert read("192.0.2.7", "a.example.net", "b.example.net").further == ("b.example.net",)
    assert read("192.0.2.7").name is None


def test_a_target_is_written_as_it_can_be_pasted() -> None:
    assert [str(read(each)) for each in (NAME, "[::1]:587")] == [f"{NAME}:25", "[::1]:587"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("smtp://mail.example.net:587/", "write 'mail.example.net:587'"),
        ("smtps://mail.example.net", "write 'mail.example.net:465'"),
        ("me@example.org", "dig +short MX 'example.org'"),
        ("2001:db8::7:x", "write an IPv6 address as [ADDRESS]:PORT"),
        (f"[{NAME}]:25", "only an IPv6 address stands in brackets"),
        (f"{NAME}:", "PORT cannot be ''"),
        (f"{NAME}:0", "from 1 to 65535"),
        (f"{NAME}:65536", "from 1 to 65535"),
        (f"{NAME}:٢٥", "from 1 to 65535"),
        (f"{NAME}:smtp", "from 1 to 65535"),
        ("", "it is no host's name"),
        (":25", "it is no host's name"),
        ("-oops.example.net", "it is no host's name"),
        ("two words", "it is no host's name"),
        ("a..example.net", "it is no host's name"),
        ("192.0.2.777", "four numbers up to 255"),
        ("a" * 64 + ".example.net", "it is no host's name"),
        ("mail\x1b[31m.example.net", "it is no host's name"),
        ("münchen\N{SNOWMAN}.\N{RIGHT-TO-LEFT OVERRIDE}", "HOST cannot be"),
    ],
)
def test_what_is_no_host_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(PermanentError) as refused:
        read(text)
    assert words in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("name", ["192.0.2.7", "*.example.net", "a b"])
def test_a_name_to_ask_for_is_a_hosts_name(name: str) -> None:
    with pytest.raises(PermanentError, match="--sni cannot be"):
        read(NAME, name)


def test_tls_first_and_starttls_exclude_each_other() -> None:
    with pytest.raises(PermanentError, match="exclude each other"):
        read(NAME, tls=True, starttls=True)


def test_spans_are_hours_days_or_weeks() -> None:
    assert [span(each, "--x") for each in ("48h", "21d", "3w", "0d", None)] == [
        timedelta(hours=48),
        timedelta(days=21),
        timedelta(weeks=3),
        timedelta(0),
        None,
    ]
    for wrong in ("21", "d", "-1d", "1m", "1.5d", ""):
        with pytest.raises(PermanentError, match="like 21d, 48h or 3w"):
            span(wrong, "--expires-within")


@pytest.mark.parametrize("text", ["a@b.example>\r\nDATA", "a b@example.org", "nobody", "ä@example.org", ""])
def test_no_address_ends_its_command(text: str) -> None:
    with pytest.raises(PermanentError, match="--recipient cannot be"):
        mailbox(text, "--recipient")
