"""What is a valid name in Kubernetes, told as in `names`."""

from shared.inventory.names import LONGEST_DNS_NAME, matches

DNS_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
SERVICE_NAME = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"
FIELD_MANAGER = r"^[ -~]{1,128}$"
SECRET_KEY = r"^[-._a-zA-Z0-9]{1,253}$"  # noqa: S105, a pattern

LONGEST_SECRET_KEY = 253
OUR_FIELD_MANAGERS = "relaykeeper/"


def dns_subdomain(name: str) -> str:
    """The name of a Kubernetes Secret, Deployment or StatefulSet (RFC 1123)."""
    if matches(DNS_SUBDOMAIN, name) and len(name) <= LONGEST_DNS_NAME:
        return name
    raise ValueError(
        "is not a Kubernetes name: lower-case letters, digits, dashes and dots, beginning and ending with a letter "
        "or digit, at most 253 characters"
    )


def service_name(name: str) -> str:
    """The name of a Kubernetes Service (RFC 1035)."""
    if matches(SERVICE_NAME, name):
        return name
    raise ValueError(
        "is not a Service's name: lower-case letters, digits and dashes, beginning with a letter, ending with a letter "
        "or digit, at most 63 characters"
    )


def field_manager(name: str) -> str:
    """A field manager as `kubectl get --show-managed-fields` shows it, other than ours."""
    if name.startswith(OUR_FIELD_MANAGERS):
        raise ValueError("is a field manager of our own; name the one that the Secret is to be taken over from")
    if matches(FIELD_MANAGER, name):
        return name
    raise ValueError(
        "is not a field manager: 1 to 128 printable ASCII characters, as kubectl get secret NAME -o yaml "
        "--show-managed-fields shows them under manager"
    )


def secret_key(name: str) -> str:
    """The name of one file in a Kubernetes Secret."""
    if matches(SECRET_KEY, name) and name != "." and not name.startswith(".."):
        return name
    raise ValueError(
        "is not a file name that a Kubernetes Secret takes: letters, digits, dashes, underscores and dots, not "
        "beginning with two dots, at most 253 characters"
    )
