"""An app for the command: the whole API on fakes, over HTTP, in the test's own process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from relaykeeper import moments
from tests.fakes.principals import person
from tests.http_server import Handler, serving
from tests.workflows.http import EASY_AUTH, ApiClient
from tests.workflows.world import World

KEY = "a-function-key"


@dataclass(slots=True)
class Site:
    """The app at `url`. It answers as the API does on `world`, to `caller`, or what `answer` says where that is given.

    `answers` are those for paths that begin so. `before` is called before each answer, with method and path: the world
    may go on there. `seen` are the headers of each call, and its `path` and `method`.
    """

    world: World
    caller: Mapping[str, str] = field(default_factory=lambda: person("operator"))
    url: str = ""
    answer: tuple[int, bytes] | None = None
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    before: Callable[[str, str], None] = lambda _method, _path: None
    seen: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def running_site(world: World) -> Iterator[Site]:
    """Serve the app until the end of the block."""
    site = Site(world)

    class Api(Handler):
        def exchange(self) -> None:
            body, headers = self.read_body(), {name.lower(): value for name, value in self.headers.items()}
            site.seen.append({"path": self.path, "method": self.command, **headers})
            if site.answer is not None:
                return self.reply(*site.answer, {"location": "https://attacker.example.net"})
            for beginning, answer in site.answers.items():
                if self.path.startswith(beginning):
                    return self.reply(*answer, {})
            site.before(self.command, self.path)
            client = ApiClient(site.world, site.caller, EASY_AUTH)
            made = client.call(self.command, self.path, body, **headers).answer
            return self.reply(made.status, made.body, {**made.headers, "content-type": made.content_type})

    with serving(Api) as site.url:
        yield site


@contextmanager
def known_site(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serve the app, which the environment names, with a key; its clock is the command's."""
    with running_site(world) as site:
        monkeypatch.setenv("RELAYKEEPER_APP_URL", site.url)
        monkeypatch.setenv("RELAYKEEPER_FUNCTION_KEY", KEY)
        monkeypatch.setattr(moments, "now", world.clock.now)
        yield site
