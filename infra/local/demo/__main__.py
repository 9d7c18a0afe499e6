"""make demo: one tick takes certificates from nothing to served by every replica, and clients from nothing to accepted;
a second one finds no work."""

import re
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from infra.local import running
from infra.local.demo.clients import client_result, client_table, log_clients_in
from infra.local.demo.counts import count, requests_by_order
from infra.local.demo.report import Row, ask_replicas, result, table, write
from infra.local.openssl_probe import command
from infra.local.run_tick import tick
from infra.local.running import FOLDER, NotRunningError, Running
from infra.local.stack import exported
from shared.compose import compose

LOGS, PKI, KUBECONFIGS = FOLDER / "logs", FOLDER / "pki", FOLDER / "kubeconfigs"


def main() -> int:
    parser = ArgumentParser(prog="make demo", description="Renew, deliver and prove, on the local stack.")
    parser.add_argument("--keep", action="store_true", help="leave the stack running (make down stops it)")
    parser.add_argument("--began", type=float, help="when set-up began, in seconds since 1970", default=time.time())
    arguments = parser.parse_args()
    if running.find() is not None:
        print("A stack of this checkout runs already; stop it with `make down`.")
        return 1
    seconds = {"setup": time.time() - arguments.began}
    began = time.monotonic()
    print(f"Starting the stack; it logs to {relative(LOGS)}.", flush=True)
    try:
        stack = running.start()
    except NotRunningError as error:
        print(error)
        return 1
    try:
        seconds["stack"] = time.monotonic() - began
        print(f"The stack is up after {seconds['stack']:.1f} s: {what_runs(stack)}.\n", flush=True)
        with exported(stack.environment):
            good = show(stack, seconds)
    finally:
        if not arguments.keep:
            running.stop()
    print("The stack runs on; `make down` stops it." if arguments.keep else "The stack is stopped.")
    return 0 if good else 1


def show(stack: Running, seconds: dict[str, float]) -> bool:
    """Tick, look, tick again; say whether all is served and accepted and the second tick found nothing to do."""
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    print("First tick: every certificate is due, and no client has a password.")
    seconds["first_tick"] = tick(stack.addresses, LOGS / "host.log", report)
    print(f"\nThumbprints that openssl sees at each replica after {seconds['first_tick']:.1f} s:")
    before = count(LOGS, KUBECONFIGS, stack.clusters)
    seen = list(ask_replicas(compose(stack.environment), KUBECONFIGS, PKI))
    print(table(seen))
    logins = log_clients_in(compose(stack.environment), KUBECONFIGS)
    print("\nWhat swaks gets when each client logs in at each replica, with the password that was made for it:")
    print(client_table(logins))

    requests = dict(zip(ordered(lines), requests_by_order(LOGS), strict=True))
    print("\nSecond tick: nothing should be done.")
    seconds["second_tick"] = tick(stack.addresses, LOGS / "host.log", report)
    again = count(LOGS, KUBECONFIGS, stack.clusters).since(before)
    print(
        f"It took {seconds['second_tick']:.1f} s: " + ", ".join(f"{n} {words(what)}" for what, n in again.items()) + "."
    )

    write(FOLDER / "demo.json", result(seen, requests, client_result(logins), again, seconds))
    advise(seen)
    print("Times: " + ", ".join(f"{words(what)} {took:.1f} s" for what, took in seconds.items()) + ".")
    good = all(row.accepted for row in logins) and not any(row.faults for row in seen)
    return bool(seen) and bool(logins) and good and not any(again.values())


def ordered(lines: Sequence[str]) -> list[str]:
    """Return the certificates for which an order was made, in its sequence, from the lines of progress."""
    return [found[1] for line in lines if (found := re.search(r"  (\S+): order https", line))]


def advise(seen: Sequence[Row]) -> None:
    row = seen[-1]
    by_hand = command(row.address, row.place.relay.ports[0].pod, row.certificate.dns_names[0], PKI / "pebble-root.pem")
    print(f"\nBy hand (with KEEP=1): {' '.join(by_hand)}")
    print(f"Result: {relative(FOLDER / 'demo.json')}; logs: {relative(LOGS)}.")


def what_runs(stack: Running) -> str:
    clusters = f"{len(stack.clusters)} clusters with Alertmanagers"
    return f"Pebble, two BINDs, Azurite, Entra, two vaults, Azure DNS, {clusters}, the host"


def words(key: str) -> str:
    """Return a key of demo.json as people read it."""
    return key.replace("_", " ")


def relative(path: Path) -> str:
    return str(path.relative_to(FOLDER.parent))


if __name__ == "__main__":
    sys.exit(main())
