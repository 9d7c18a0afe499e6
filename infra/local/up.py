"""make up: the stack and the functions host in the background, ticked and watched once, and how to reach everything."""

import shlex
import sys

from infra.local import running
from infra.local.example_inventory import FUNCTION_KEY, MASTER_KEY, alerts_of
from infra.local.loopback import VAULTS
from infra.local.receivers import alertmanagers
from infra.local.run_tick import run_function, tick
from infra.local.running import FOLDER, NotRunningError, Running
from infra.local.stack import exported


def main() -> int:
    stack = running.find()
    if stack is not None:
        print("The stack runs already.")
    else:
        print(f"Starting the stack; it logs to {FOLDER.name}/logs.", flush=True)
        try:
            stack = running.start()
        except NotRunningError as error:
            print(error)
            return 1
        with exported(stack.environment):
            tick(stack.addresses, FOLDER / "logs" / "host.log", lambda line: print(line, flush=True))
        run_function(stack.addresses, "watch")
    print(directions(stack))
    return 0


def directions(stack: Running) -> str:
    """Return where everything is, and what to paste to use it."""
    addresses, first = stack.addresses, stack.clusters[0]
    host, pki = addresses.functions_host, FOLDER / "pki"
    run = f"curl -X POST -H 'x-functions-key: {MASTER_KEY}' -H 'Content-Type: application/json' -d '{{}}'"
    lines = {
        "functions host": host,
        "command": ".venv/bin/relaykeeper get (docs/command.md has more)",
        "verify": f".venv/bin/relaykeeper verify {addresses.service(first)} --sni dev.mailrelay.platform.hmcts.net "
        f"--roots {pki}/pebble-root.pem",
        "API": f"curl -H 'x-functions-key: {FUNCTION_KEY}' {host}/api/certificates (docs/api.md has more)",
        "timers": "they never fire here, as their schedules are the next 29 February; run them by hand:",
        **{name: f"{run} {host}/admin/functions/{name}" for name in ("tick", "watch")},
        "authority": f"{addresses.pebble_directory} (management {addresses.pebble_management})",
        "name servers": " ".join(addresses.name_servers),
        **{f"vault {name}": addresses.vault(name) for name in VAULTS},
        "Azure DNS": addresses.arm,
        "storage": f"{addresses.blob_service} {addresses.queue_service}",
        **{f"Service {name}": f"{addresses.service(name)}:25 and :587" for name in stack.clusters},
        **{name: f"{url}/api/v2/alerts" for name, url in alertmanagers(alerts_of(stack.clusters), addresses)},
        "receivers": f"{addresses.receivers}/_received (what Slack, Teams, the webhook and the ping were sent)",
        "clusters": f"kubectl --kubeconfig {FOLDER}/kubeconfigs/all.yaml --context {first} -n mailrelay get pods",
        "handshake": f"openssl s_client -starttls smtp -connect {addresses.service(first)}:25 "
        f"-servername dev.mailrelay.platform.hmcts.net -CAfile {pki}/pebble-root.pem </dev/null",
        "login": f"swaks --server {addresses.service(first)}:587 --tls --auth PLAIN --auth-user pcol --quit-after AUTH"
        "  # ends in 235; it asks for the password, which is the secret pcol in vault dev",
        "SMTP": f"swaks --server {addresses.service(first)}:587 --tls --from stranger@example.net "
        "--to someone@example.net --quit-after RCPT  # ends in 550: without a login the relay takes no mail",
        "logs": str(FOLDER / "logs"),
    }
    return "\n".join(
        [
            "",
            "Paste these first; curl, the Azure SDKs, the product and the command need them:",
            *(f"export {name}={shlex.quote(value)}" for name, value in stack.environment.items()),
            f"export CURL_CA_BUNDLE={shlex.quote(stack.environment['REQUESTS_CA_BUNDLE'])}",
            f"export RELAYKEEPER_APP_URL={host} RELAYKEEPER_FUNCTION_KEY={FUNCTION_KEY}",
            "",
            *(f"{what:28}{where}" for what, where in lines.items()),
            "",
            "`make down` stops it.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
