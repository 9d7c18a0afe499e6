"""Whatever a vault, or something in its place, answers about a password: nothing that comes of it shows it."""

import logging
import traceback
from collections.abc import Callable

import pytest

from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.compose_vaults import NOISY
from shared.domain.clients.stored_password import StoredPassword
from shared.errors import PermanentError, RelaykeeperError
from shared.guard import guarded
from shared.inventory import Vault
from tests.e2e import leaks
from tests.wire.azure.services import Identity, Reply, Service, refusal
from tests.wire.azure.test_passwords import CANARY, READ, STORE, TAGS, UNREADABLE, Call, bundle, outcome

HIDDEN = [leaks.text("the password", CANARY)]


@pytest.fixture
def vault(service: Service) -> KeyVaults:
    return KeyVaults({"dev": Vault(name="dev", url=service.url)}, Identity())


ODD: dict[str, Callable[[Service], Reply]] = {
    **{name: reply for name, (reply, _) in UNREADABLE.items()},
    "right": lambda service: bundle(service, tags=TAGS),
    "cut off": lambda _: Reply(200, f'{{"value": "{CANARY}'.encode()),
    "text": lambda _: Reply(200, f"{CANARY}".encode(), {"Content-Type": "text/plain"}),
    "no JSON": lambda _: Reply(200, f"{CANARY}".encode(), {"Content-Type": "image/png"}),
    "a status that means nothing": lambda _: Reply(207, {"value": CANARY}),
}
ECHOES: dict[str, Callable[[Service], Reply]] = {
    "refused": lambda _: refusal(400, "BadParameter", f"The value {CANARY} is not allowed."),
    "refused as text": lambda _: Reply(400, CANARY.encode(), {"Content-Type": "text/plain"}),
    "refused by a gateway": lambda _: Reply(403, {"detail": f"blocked: {CANARY}"}),
    "a conflict": lambda _: refusal(409, "Conflict", f"{CANARY} is in use."),
    "broken": lambda _: Reply(502, {"error": f"no upstream took {CANARY}"}),
}
"""What something on the way may do with a password that it was sent: quote it."""


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        *((READ, reply) for reply in ODD.values()),
        *((STORE, reply) for reply in (*ODD.values(), *ECHOES.values())),
    ],
    ids=[*(f"read {name}" for name in ODD), *(f"store {name}" for name in (*ODD, *ECHOES))],
)
def test_whatever_is_answered_neither_result_nor_error_nor_log_shows_the_password(
    service: Service,
    vault: KeyVaults,
    call: Call,
    reply: Callable[[Service], Reply],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for logger in (None, *NOISY):  # loud, even where the product was composed in this process before
        caplog.set_level(logging.DEBUG, logger)
    service.answer_all(reply(service))
    shown: list[str] = []

    try:
        result = call(guarded(vault, "vault"))
        assert isinstance(result, StoredPassword | str)
        shown += [repr(result), str(result), repr([result])]
    except RelaykeeperError as error:
        shown += [repr(error), str(error), repr(vars(error)), *traceback.format_exception(error)]

    records = [repr(vars(record)) for record in caplog.records]
    shown += [caplog.text, *records, repr(vault), repr(vars(vault))]
    assert leaks.leaks(HIDDEN, {str(place): each.encode() for place, each in enumerate(shown)}) == []
    assert caplog.records


def test_a_refusal_that_repeats_the_password_still_has_its_status(service: Service, vault: KeyVaults) -> None:
    service.answer_all(ECHOES["refused"](service))

    error = outcome(STORE, vault)

    assert type(error) is PermanentError
    assert str(error).endswith("answered 400: the answer is not quoted, because it repeats the password")
