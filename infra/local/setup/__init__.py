"""Set-up of the local stack on a fresh machine: `python -m infra.local.setup` installs what is missing."""
