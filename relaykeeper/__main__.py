"""`python -m relaykeeper COMMAND`: what people and pipelines run themselves."""

import sys

from relaykeeper.command import Command, run_command
from relaykeeper.flux import FLUX
from relaykeeper.plan import PLAN
from relaykeeper.verify import VERIFY_RELAY

COMMANDS: tuple[Command, ...] = (FLUX, PLAN, VERIFY_RELAY)

if __name__ == "__main__":
    sys.exit(run_command(COMMANDS, sys.argv[1:]))
