"""Every metric that there is. Labels are named as in alerts and inventory; times are Unix timestamps."""

from shared.domain.metrics.gauge import Gauge

PLACE = ("certificate", "relay", "cluster")
REPLICA = (*PLACE, "replica")
ENTRY = ("vault", "kind", "name", "managed")

BUILD = Gauge("relaykeeper_build_info", "Which release this is; always 1.", ("version",))

JOURNAL_UNREADABLE = Gauge("relaykeeper_journal_unreadable", "1 if a journal cannot be read.", ("journal",))
PAUSED_UNTIL = Gauge(
    "relaykeeper_paused_until_timestamp_seconds", "Until when a person wants something left as it is.", ("scope",)
)

WATCHED_AT = Gauge("relaykeeper_watch_last_timestamp_seconds", "When the last watch was.")
FIRING = Gauge("relaykeeper_alerts_firing", "Alerts that fired at the last watch.", ("alert", "severity"))
ROUTE_FAILING = Gauge("relaykeeper_route_failing", "1 if a route did not take the last alerts.", ("route",))

STORED_EXPIRY = Gauge(
    "relaykeeper_certificate_stored_expiry_timestamp_seconds",
    "When the newest version in the vault expires.",
    ("certificate", "vault"),
)
STORED_DUE = Gauge(
    "relaykeeper_certificate_due_timestamp_seconds",
    "When the newest version in the vault is to be replaced.",
    ("certificate", "vault"),
)
SERVED_EXPIRY = Gauge(
    "relaykeeper_served_expiry_timestamp_seconds",
    "When what a replica serves expires; the first to, where names or ports differ.",
    REPLICA,
)
SERVED_DUE = Gauge(
    "relaykeeper_served_due_timestamp_seconds", "When that which a replica serves should have been replaced.", REPLICA
)
SERVED_DIFFERS = Gauge(
    "relaykeeper_served_differs", "1 if some replica presents another certificate than the place is to serve.", PLACE
)
PLACE_REACHABLE = Gauge("relaykeeper_place_reachable", "0 if the last watch could not look there.", PLACE)
PLACE_RESTING = Gauge(
    "relaykeeper_place_resting", "1 if it could not and need not: the cluster is asleep or suspended.", PLACE
)
REPLICAS = Gauge("relaykeeper_place_replicas", "Replicas that there should be.", PLACE)
REPLICAS_ANSWERING = Gauge("relaykeeper_place_replicas_answering", "Replicas that present a certificate.", PLACE)

VAULT_READABLE = Gauge("relaykeeper_vault_readable", "0 if the last watch could not read the vault.", ("vault",))
ENTRY_EXPIRY = Gauge(
    "relaykeeper_vault_entry_expiry_timestamp_seconds", "When a certificate or secret in a vault expires.", ENTRY
)
ENTRY_DUE = Gauge("relaykeeper_vault_entry_due_timestamp_seconds", "When that is to be replaced.", ENTRY)

RENEWAL_FAILING = Gauge(
    "relaykeeper_renewal_failing", "1 if the last attempt to issue or to look failed.", ("certificate",)
)
FAILED_ATTEMPTS = Gauge(
    "relaykeeper_renewal_failed_attempts", "Attempts to issue that failed in a row.", ("certificate",)
)
BACKOFF_UNTIL = Gauge(
    "relaykeeper_renewal_backoff_until_timestamp_seconds",
    "Until when the authority is not asked again, after a failure.",
    ("certificate",),
)
WAITING_SINCE = Gauge(
    "relaykeeper_waiting_since_timestamp_seconds",
    "Since when an issuance (`waits_on` is issuance), or a delivery to a place, has waited.",
    ("certificate", "waits_on"),
)
DELIVERY_FAILING = Gauge("relaykeeper_delivery_failing", "1 if the last attempt to deliver there failed.", PLACE)
QUARANTINED = Gauge("relaykeeper_quarantined_versions", "Versions that must not be delivered.", ("certificate",))

GAUGES = tuple(each for each in globals().values() if isinstance(each, Gauge))
"""In the order in which they are shown."""
