"""Stand-ins for closed services: Entra's tokens, Key Vault, Azure DNS; and what receives alerts.

Each is a program, `python -m infra.local.standins.<identity|vault|azuredns|receivers> --config FILE.json`, that speaks
its service's wire protocol to the unmodified SDKs; a `Config` in its package is the shape of the file. What it does not
implement is answered 501 with the route. State is in memory. On stdout is one JSON line per request: time, site,
method, path, status, and the caller's object id. Faults are switched on and off as faults.py says.
"""
