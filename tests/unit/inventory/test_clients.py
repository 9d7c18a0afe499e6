"""Clients take three lines; a user, a password, a Secret and a list are one client's or one relay's."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.clients.client_file import client_apply
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.object_ref import Version
from shared.inventory import ClientList, ClientSource, Inventory, parse
from shared.inventory.check_clients import annotation_size
from tests.unit.inventory.inventories import C_01, FULL, RIGHT, edited, problems_of

PORTS = "    ports: [25, 587]\n"


def with_clients(*clients: str, outer: str = "", inner: str = "", alerts: str = "") -> str:
    """Return the right inventory with these clients, each `ID: {...}`, and these values of `clients` in its relays."""
    relays = [
        (ports, f"{ports}    clients: {value}\n")
        for ports, value in ((PORTS, outer), ("    ports: [25]\n", inner))
        if value
    ]
    block = "".join(f"  {client}\n" for client in clients)
    return edited(*relays) + (f"clients:\n{block}" if clients else "") + alerts


def lists(*paths: str) -> str:
    return "[" + ", ".join(f"{{path: {path}, keys: [spec, users]}}" for path in paths) + "]"


def refusal(text: str) -> tuple[str, str]:
    """Return path and sentence of the one problem of a text."""
    [problem] = problems_of(text)
    assert problem.line is not None
    return problem.path, problem.message


@pytest.fixture
def full() -> Inventory:
    return parse(FULL)


def test_a_usual_client_takes_three_lines() -> None:
    inventory = parse(RIGHT + "clients:\n  pcol:\n    vault: dev\n    relays: [outer]\n")
    client = inventory.clients["pcol"]
    assert (client.name, client.user, client.secret, client.vault) == ("pcol", "pcol", "pcol", "dev")
    assert (client.mode, client.owner, client.max_age) == ("observe", None, None)


def many(number: int) -> str:
    return with_clients(
        *(f"client-{each}: {{vault: dev, relays: [outer]}}" for each in range(number)), outer="{secret: relay-clients}"
    )


def test_a_secret_that_has_no_room_for_all_clients_is_refused_before_any_password_is_made() -> None:
    path, message = refusal(many(1000))
    assert path == "relays.outer.clients.secret"
    assert "no room for 1,000 clients" in message
    assert "Kubernetes takes 262,144 in one Secret" in message
    assert len(parse(many(900)).clients) == 900


def test_the_room_that_a_client_takes_is_not_underestimated() -> None:
    inventory = parse(many(1))
    [client] = inventory.clients.values()
    now = datetime(2026, 11, 22, tzinfo=UTC)
    versions = [StoredPassword(Version(digit * 32), Password("x" * 32), now, None, None) for digit in "ab"]
    [place, *_] = inventory.places_of(inventory.relays["outer"])
    [(key, value)] = client_apply(client, place, versions, "password", None, "c" * 64).annotations.items()
    size = len(key) + len(value)
    assert size - len("cd" * 32) <= annotation_size(client, client.name) <= size + 20


def test_an_inventory_without_clients_has_none_and_its_relays_get_no_file() -> None:
    inventory = parse(RIGHT)
    clients = inventory.relays["outer"].clients
    assert inventory.clients == {}
    assert (clients.sync, clients.secret, clients.lists, clients.vault, clients.source) == (
        "none",
        None,
        (),
        None,
        None,
    )


def test_everything_that_can_be_said_of_a_client_is_read(full: Inventory) -> None:
    client = full.clients["pcol-dev"]
    assert (client.user, client.secret, client.mode) == ("pcol", "pcol", "manage")
    assert client.max_age == timedelta(days=90)
    assert client.owner is not None
    assert (client.owner.team, client.owner.route) == ("Possession claims", "people")


def test_everything_that_can_be_said_of_a_relays_clients_is_read(full: Inventory) -> None:
    outer, inner = full.relays["outer"].clients, full.relays["inner"].clients
    assert (outer.sync, outer.secret, outer.content) == ("secret", "relay-clients", "password")
    assert (inner.sync, inner.secret, inner.content, inner.vault) == ("none", None, "sha256", "dev")
    assert inner.lists == (ClientList(path="apps/inner/dev.yaml", keys=("spec", "values", "users")),)
    assert inner.source is not None
    assert inner.source == ClientSource(secretproviderclass="inner-clients", ignore=("relayhost",))


def test_a_relay_knows_its_clients(full: Inventory) -> None:
    assert [client.name for client in full.clients_of("outer")] == ["pcol-dev", "outer-probe"]
    assert [client.name for client in full.clients_of("inner")] == ["pcol-dev", "jobs"]


def test_a_relay_names_its_probe_client_and_how_often_it_logs_in(full: Inventory) -> None:
    outer, inner = full.relays["outer"], full.relays["inner"]
    assert (outer.probe_client, outer.login_interval) == ("outer-probe", timedelta(seconds=30))
    assert (inner.probe_client, inner.login_interval) == (None, timedelta(seconds=60))


def with_probe_client(client: str, outer: str = "{secret: relay-clients}") -> str:
    return with_clients(client, outer=f"{outer}\n    probe_client: probe")


@pytest.mark.parametrize(
    ("client", "outer"),
    [
        ("probe: {vault: dev, relays: [outer], mode: manage}", "{secret: relay-clients}"),
        ("probe: {vault: dev, relays: [outer]}", "{sync: none}"),
    ],
    ids=["we write its file", "something else brings it"],
)
def test_a_probe_client_of_one_relay_is_right(client: str, outer: str) -> None:
    assert parse(with_probe_client(client, outer)).relays["outer"].probe_client == "probe"


@pytest.mark.parametrize(
    ("client", "says"),
    [
        ("other: {vault: dev, relays: [outer]}", "no client is called probe"),
        ("probe: {vault: dev, relays: [outer, inner], mode: manage}", "of one relay alone"),
        ("probe: {vault: dev, relays: [inner], mode: manage}", "belongs to inner"),
        ("probe: {vault: dev, relays: [outer]}", "write mode: manage"),
    ],
    ids=["unknown", "of two relays", "of another relay", "only observed"],
)
def test_a_probe_client_is_a_client_of_its_relay_alone_whose_password_may_change(client: str, says: str) -> None:
    path, message = refusal(with_probe_client(client))
    assert path == "relays.outer.probe_client"
    assert says in message


def test_one_service_lives_at_two_relays_under_one_user_name() -> None:
    parse(with_clients("a-1: {user: a, vault: dev, relays: [outer]}", "a-2: {user: a, vault: dev, relays: [inner]}"))


@pytest.mark.parametrize("user", ["a", "A.b_c-9", "svc.mail-01", "x" * 253])
def test_a_user_name_that_files_and_smtp_take_is_right(user: str) -> None:
    assert parse(with_clients(f"a: {{user: {user}, vault: dev, relays: [outer]}}")).clients["a"].user == user


@pytest.mark.parametrize(
    "user", ["a/b", '".."', "a..b", ".a", "-a", '"a b"', '" a"', '"a\\0"', "é", "a@b", "a:b", '"a\\n"', '""', "x" * 254]
)
def test_a_user_name_that_one_of_them_refuses_is_a_problem(user: str) -> None:
    path, says = refusal(with_clients(f"a: {{user: {user}, vault: dev, relays: [outer]}}"))
    assert path == "clients.a.user"
    assert "letters, digits, dashes, underscores and single dots" in says


@pytest.mark.parametrize(
    ("client", "path", "says"),
    [
        ("a: {vault: deb, relays: [outer]}", "clients.a.vault", "no vault is called deb; did you mean dev?"),
        ("a: {vault: dev, relays: [utter]}", "clients.a.relays[0]", "no relay is called utter; did you mean outer?"),
        ("a: {vault: dev, relays: []}", "clients.a.relays", "at least one entry is needed"),
        ("a: {vault: dev, relays: [outer, outer]}", "clients.a.relays[1]", "listed twice"),
        (
            "a: {vault: dev, relays: [outer], mode: manag}",
            "clients.a.mode",
            "did you mean manage? Allowed: observe, manage",
        ),
        ("a: {vault: dev, relays: [outer], max_age: 0}", "clients.a.max_age", "must be at least 1"),
        ("a: {vault: dev, relays: [outer], owner: {}}", "clients.a.owner.team", "is missing"),
        ("a: {vault: dev, relays: [outer], owner: {team: ' '}}", "clients.a.owner.team", "is not a team's name"),
        ("a: {vault: dev, relays: [outer], usr: b}", "clients.a.usr", "unknown key usr; did you mean user?"),
        ("A_b: {vault: dev, relays: [outer]}", "clients.A_b", "is not a valid name"),
        (f"{'a' * 64}: {{vault: dev, relays: [outer]}}", f"clients.{'a' * 64}", "at most 63 characters"),
    ],
)
def test_a_mistake_in_a_client_is_one_problem_with_its_remedy(client: str, path: str, says: str) -> None:
    found, message = refusal(with_clients(client))
    assert found == path
    assert says in message


def test_an_owners_route_must_exist() -> None:
    client = "a: {vault: dev, relays: [outer], owner: {team: A, route: pager}}"
    routes = "alerts: {routes: {pagers: {kind: slack, urls: [dev/slack]}}}\n"
    path, says = refusal(with_clients(client, alerts=routes))
    assert (path, says) == ("clients.a.owner.route", "no route is called pager; did you mean pagers? Allowed: pagers")
    assert "there is none yet" in refusal(with_clients(client))[1]


def test_a_password_that_is_pasted_in_place_of_its_name_is_not_repeated() -> None:
    path, says = refusal(with_clients("a: {vault: dev, relays: [outer], secret: pass_word.42}"))
    assert path == "clients.a.secret"
    assert says == "this text is not a Key Vault name: letters, digits and dashes, no dots, at most 127 characters"


def test_one_user_of_a_relay_is_one_client() -> None:
    text = with_clients("a: {vault: dev, relays: [outer]}", "b: {user: a, vault: dev, relays: [inner, outer]}")
    assert refusal(text) == (
        "clients.b.relays[1]",
        "client a is the user a of relay outer already; one user is one client",
    )


@pytest.mark.parametrize(
    ("client", "path", "says"),
    [
        ("b: {vault: dev, secret: A, relays: [outer]}", "clients.b.secret", "dev/A is the password of client a"),
        ("mail: {vault: dev, relays: [outer]}", "clients.mail", "certificate mail keeps its own key there"),
        ("b: {vault: dev, secret: MAIL, relays: [outer]}", "clients.b.secret", "certificate mail keeps its own key"),
        (
            "ca-account-key: {vault: dev, relays: [outer]}",
            "clients.ca-account-key",
            "issuers.ca.account_key names it too",
        ),
    ],
)
def test_a_password_is_one_clients_and_no_other_secret(client: str, path: str, says: str) -> None:
    found, message = refusal(with_clients("a: {vault: dev, relays: [outer]}", client))
    assert found == path
    assert says in message
    assert "name another secret" in message


def test_key_vault_ignores_the_case_of_every_secret_that_the_inventory_names() -> None:
    text = with_clients("a: {vault: dev, secret: c-01, relays: [outer]}").replace(C_01, "{kubeconfig: dev/C-01}")
    assert refusal(text)[1].startswith("dev/c-01 is no password: clusters.c-01.kubeconfig names it too")


@pytest.mark.parametrize(
    ("value", "key", "says"),
    [
        ("{sync: secret}", "secret", "is missing; name the Secret that we write a file for each client into"),
        ("{sync: none, secret: s}", "secret", "is pointless where we write no file"),
        ("{content: password}", "content", "is pointless where we write no file"),
        ("{secret: S}", "secret", "is not a Kubernetes name"),
        ("{secret: tls}", "secret", "tls holds the certificates of relay outer in the same cluster"),
        ("{vault: prod}", "vault", "no vault is called prod"),
        ("{lists: [{path: /a.yaml, keys: [a]}]}", "lists[0].path", "is not the path of a file from the top"),
        ("{lists: [{path: a/../b.yaml, keys: [a]}]}", "lists[0].path", "without . or .. as a part"),
        ("{lists: [{path: a//b.yaml, keys: [a]}]}", "lists[0].path", "allowed is for example apps/mailrelay/prod.yaml"),
        ("{lists: [{path: 'a\\b.yaml', keys: [a]}]}", "lists[0].path", "is not the path of a file"),
        ("{lists: [{path: a.yaml, keys: []}]}", "lists[0].keys", "at least one entry is needed"),
        (f"{{lists: {lists('a.yaml', 'a.yaml')}}}", "lists[1]", "relays.outer.clients.lists[0] is the same list"),
        ("{from: {secretproviderclass: A_b}}", "from.secretproviderclass", "is not a Kubernetes name"),
        ("{from: {ignore: [relayhost]}}", "from.secretproviderclass", "is missing"),
        ("{form: {secretproviderclass: a}}", "form", "unknown key form; did you mean from?"),
    ],
)
def test_a_mistake_in_a_relays_clients_is_one_problem(value: str, key: str, says: str) -> None:
    path, message = refusal(with_clients(outer=value))
    assert path == f"relays.outer.clients.{key}"
    assert says in message


def test_the_same_keys_in_two_files_are_two_lists() -> None:
    parse(with_clients(outer=f"{{lists: {lists('a.yaml', 'b.yaml')}}}"))


def test_two_relays_have_neither_a_list_nor_a_secret_for_clients_in_common() -> None:
    shared_list = with_clients(outer=f"{{lists: {lists('a.yaml')}}}", inner=f"{{lists: {lists('a.yaml')}}}")
    assert refusal(shared_list)[0] == "relays.inner.clients.lists[0]"
    path, says = refusal(with_clients(outer="{secret: clients}", inner="{secret: clients}"))
    assert path == "relays.inner.clients.secret"
    assert "holds the clients of relay outer in the same cluster" in says


def test_the_secret_of_a_listed_user_is_named_where_something_else_reads_it_by_that_name() -> None:
    outer = f"{{lists: {lists('a.yaml')}}}"
    path, says = refusal(with_clients("a-dev: {user: a, vault: dev, relays: [inner, outer]}", outer=outer))
    assert path == "clients.a-dev.secret"
    assert "would be a-dev by default" in says
    assert "Write secret: a," in says
    parse(with_clients("a-dev: {user: a, secret: a, vault: dev, relays: [outer]}", outer=outer))
    parse(with_clients("a-dev: {user: a, secret: a-dev, vault: dev, relays: [outer]}", outer=outer))
    parse(with_clients("a-dev: {user: a, vault: dev, relays: [inner]}", outer=outer))


def test_a_wrong_id_is_not_reported_again_as_user_and_secret() -> None:
    assert [problem.path for problem in problems_of(with_clients("'a b': {vault: dev, relays: [outer]}"))] == [
        'clients."a b"'
    ]
