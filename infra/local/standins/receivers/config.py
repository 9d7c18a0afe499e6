"""What the receivers are told, and by which URLs they are reached."""

from dataclasses import dataclass, field

from infra.local.standins.config import Listener


@dataclass(frozen=True, slots=True)
class Config:
    """The shape of the configuration file: what must stand in the URL of each, and the webhook's signing key."""

    listener: Listener
    slack: str = field(repr=False)
    teams: str = field(repr=False)
    webhook: str = field(repr=False)
    signing_key: str = field(repr=False)
    ping: str = field(repr=False)

    @property
    def slack_url(self) -> str:
        return f"{self.listener.origin}/services/T0LOCAL/B0LOCAL/{self.slack}"

    @property
    def teams_url(self) -> str:
        run = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
        return f"{self.listener.origin}/workflows/local/triggers/manual/paths/invoke?{run}&sig={self.teams}"

    @property
    def webhook_url(self) -> str:
        return f"{self.listener.origin}/hooks/{self.webhook}"

    @property
    def ping_url(self) -> str:
        return f"{self.listener.origin}/ping/{self.ping}"
