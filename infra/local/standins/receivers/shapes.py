"""What each receiver takes, and nothing besides.

Slack: https://api.slack.com/messaging/webhooks
Teams: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
Adaptive Cards: https://adaptivecards.io/explorer
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

type Words = Annotated[str, Meta(min_length=1)]


class SlackMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A text that Slack does not cut."""

    text: Annotated[str, Meta(min_length=1, max_length=40_000)]


class OpenUrl(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="Action.OpenUrl"):
    url: Annotated[str, Meta(pattern="^https://")]


class TextRun(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="TextRun"):
    text: Words
    weight: Literal["lighter", "default", "bolder"] = "default"
    color: Literal["default", "dark", "light", "accent", "good", "warning", "attention"] = "default"
    select_action: OpenUrl | None = field(name="selectAction", default=None)


class RichTextBlock(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="RichTextBlock"):
    inlines: Annotated[list[TextRun], Meta(min_length=1)]
    separator: bool = False


class TextBlock(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="TextBlock"):
    text: Words


class AdaptiveCard(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="AdaptiveCard"):
    schema: Literal["http://adaptivecards.io/schemas/adaptive-card.json"] = field(name="$schema")
    version: Literal["1.2", "1.3", "1.4", "1.5"]
    body: Annotated[list[RichTextBlock | TextBlock], Meta(min_length=1)]


class Attachment(Struct, frozen=True, forbid_unknown_fields=True):
    content_type: Literal["application/vnd.microsoft.card.adaptive"] = field(name="contentType")
    content: AdaptiveCard
    content_url: None = field(name="contentUrl", default=None)


class TeamsMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """An envelope with one card."""

    type: Literal["message"]
    attachments: Annotated[list[Attachment], Meta(min_length=1, max_length=1)]


class PostedAlert(Struct, frozen=True, forbid_unknown_fields=True):
    status: Literal["firing", "resolved"]
    object: Words
    labels: Mapping[str, Words]
    annotations: Mapping[str, Words]
    starts_at: Annotated[datetime, Meta(tz=True)] = field(name="startsAt")


class WebhookMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """What docs/inventory.md says that a webhook gets."""

    version: Literal[1]
    alerts: Annotated[list[PostedAlert], Meta(min_length=1)]
    left_out: Annotated[int, Meta(ge=0)]


def why_not[T](body: bytes, shape: type[T]) -> str | None:
    """Return what is wrong with a body that must have this shape, None if nothing is."""
    try:
        msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)
    return None
