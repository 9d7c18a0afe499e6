"""What sending a marked message shows: a check for whether the relay took it, and one for what became of it."""

from collections.abc import Mapping
from typing import Literal

from shared.domain.checks import Check, CheckStatus
from shared.domain.clients.exim_log import EndReason, MessageEnd
from shared.domain.clients.marked_message import SendReason, SendResult
from shared.domain.object_ref import ObjectRef
from shared.text import printable_line

MessageCheckReason = Literal["NoClientAccepted", "LogNotRead"]

LONGEST_LOG_QUOTE = 300
"""Characters of a log's line."""

TAKEN, ENDED = "test-message", "test-message-end"
"""The names of the two checks."""

SEND_STATUS: Mapping[SendReason, CheckStatus] = {
    "MessageQueued": "ok",
    "TemporarilyRefused": "unknown",
    "NotConfirmed": "unknown",
    "NotSent": "unknown",
}
"""All others failed."""

SEND_REMEDIES: Mapping[SendReason, str] = {
    "SenderRefused": "A probe client may log in and not send: name with --user a client that may. If it may, see which "
    "senders the relay lets it use (--sender).",
    "RecipientRefused": "See the relay's rules for recipients, and whether the address is right.",
    "MessageRefused": "See the relay's log: it or a filter behind it refuses the message itself.",
    "TemporarilyRefused": "See the relay's log: the relay cannot take mail now. Send it again later.",
    "NotConfirmed": "Look for the Message-ID in the relay's log before you send another.",
    "NotLoggedIn": "The client logged in before and does not now: see the relay's log.",
    "NotSent": "See the relay's log: the session ended before the message began.",
}

END_STATUS: Mapping[EndReason, CheckStatus] = {
    "MessageDelivered": "ok",
    "MessageDiscarded": "warning",
    "DeliveryDeferred": "warning",
    "MessageBounced": "failed",
    "MessageInQueue": "unknown",
    "MessageNotInLog": "unknown",
}

END_WORDS: Mapping[EndReason, str] = {
    "MessageDelivered": "delivered",
    "MessageDiscarded": "discarded, delivered to nobody",
    "DeliveryDeferred": "deferred, the relay tries again",
    "MessageBounced": "bounced",
    "MessageInQueue": "still in the relay's queue",
    "MessageNotInLog": "not in the log",
}

END_REMEDIES: Mapping[EndReason, str] = {
    "MessageDiscarded": "Tell the relay where mail goes: its smarthost, or its routes.",
    "DeliveryDeferred": "See the reason in the log's line, and the relay's queue (Exim: exim -bp).",
    "MessageBounced": "See the reason in the log's line; the sender gets a bounce.",
    "MessageInQueue": "Look again later: exigrep QUEUE-ID MAINLOG.",
    "MessageNotInLog": "Check that it is the main log of the Exim that took the message.",
}


def message_check(about: ObjectRef, result: SendResult) -> Check:
    """Judge whether the relay took the message; the Message-ID is there for the relay's log and the recipient."""
    known = f", queue id {result.queue_id}" if result.queue_id else ""
    message = f"{result.message}{known}; Message-ID {result.sent.message_id}"
    status = SEND_STATUS.get(result.reason, "failed")
    return Check(TAKEN, about, status, result.reason, message, SEND_REMEDIES.get(result.reason, ""))


def no_client_accepted(about: ObjectRef) -> Check:
    """Return the check of a message that was not sent, because no login before showed that the client is taken."""
    reason: MessageCheckReason = "NoClientAccepted"
    return Check(TAKEN, about, "unknown", reason, "not sent: no port that was examined took the client's login")


def log_not_read(about: ObjectRef, result: SendResult) -> Check:
    """Return the check of a message whose end is not known here, with the commands that show it."""
    reason: MessageCheckReason = "LogNotRead"
    remedy = (
        f"Where the relay is Exim: exigrep '{searched(result)}' MAINLOG. In Kubernetes, if it logs to its output: "
        f"kubectl logs POD | grep -F '{searched(result)}'."
    )
    return Check(ENDED, about, "unknown", reason, "the relay's log was not read (--log-file)", remedy)


def searched(result: SendResult) -> str:
    """Return what a log is searched for."""
    return result.queue_id or result.sent.message_id.strip("<>")


def end_check(about: ObjectRef, end: MessageEnd) -> Check:
    """Judge what became of a message by the relay's log."""
    line = f": {printable_line(end.line, LONGEST_LOG_QUOTE)}" if end.line else ""
    message = f"{END_WORDS[end.reason]}{line}"
    return Check(ENDED, about, END_STATUS[end.reason], end.reason, message, END_REMEDIES.get(end.reason, ""))
