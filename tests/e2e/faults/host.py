"""The functions host with less patience: `python -m tests.e2e.faults.host <the host's own arguments>`.

The product has no switch for this: its time-outs are shortened before the app is loaded, so that a server may be too
slow within seconds.
"""

import sys
from dataclasses import replace

from infra.local.host.__main__ import main
from shared import azure
from shared.adapters.acme import transport
from shared.adapters.kubernetes import api_server

PATIENCE = 5.0
"""Seconds to wait for an answer, in place of twenty: a busy machine may need two."""

if __name__ == "__main__":
    for options in (azure.CLIENT_OPTIONS, azure.KEY_VAULT_OPTIONS, azure.DNS_OPTIONS, azure.STORAGE_OPTIONS):
        options["read_timeout"] = PATIENCE
    transport.TIME_LIMITS = replace(transport.TIME_LIMITS, pause=PATIENCE)
    api_server.API_TIMEOUT = (api_server.API_TIMEOUT[0], PATIENCE)  # type: ignore[assignment]
    sys.exit(main())
