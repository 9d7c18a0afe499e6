"""As whom the command calls an app: an identity of Entra ID, or a function key from the environment or a prompt."""

import getpass
import os
import re
import sys
from collections.abc import Mapping

from relaykeeper.app.target import APP_ID_SETTING, ChosenTarget
from relaykeeper.failures import NotAllowedFailure, UsageFailure
from shared.text import printable_line

KEY_SETTING = "RELAYKEEPER_FUNCTION_KEY"


def headers_for(target: ChosenTarget) -> Mapping[str, str]:
    """Return the headers that say who calls. Raises UsageFailure or NotAllowedFailure if there is no token or key."""
    if target.app_id:
        return {"authorization": f"Bearer {token_for(target.app_id)}"}
    if key := os.environ.get(KEY_SETTING, "") or asked_key(target):
        if re.fullmatch("[!-~]+", key) is None:
            raise UsageFailure(
                "the function key has spaces, line breaks or characters that no key has; nothing was sent"
            )
        return {"x-functions-key": key}
    raise UsageFailure(
        f"cannot call {target.app}: there is neither an app id, for a token, nor a function key. Give the app id, "
        "the application (client) id of its registration in Entra ID: relaykeeper config set NAME --app-id ID, or "
        f"{APP_ID_SETTING}. An app without Easy Auth takes a function key: set {KEY_SETTING}"
    )


def asked_key(target: ChosenTarget) -> str:
    """Ask a person for the key; empty where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    return getpass.getpass(f"function key of {target.app} (or set {KEY_SETTING}): ", sys.stderr)


def token_for(app_id: str) -> str:
    """Return a token for the app, of the identity that runs this, as `DefaultAzureCredential` finds it."""
    from azure.core.exceptions import ClientAuthenticationError

    from shared.compose_vaults import credential, quiet_libraries

    quiet_libraries()
    scope = f"{app_id}/.default" if "://" in app_id else f"api://{app_id}/.default"
    try:
        return credential().get_token(scope).token
    except ClientAuthenticationError as error:
        why = printable_line(error.message.partition("\n")[0])
        raise NotAllowedFailure(
            f"cannot get a token for {scope}: {why}. Log in (az login), or give the pipeline's identity an app role"
        ) from None
