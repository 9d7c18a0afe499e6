"""What the stack relies on when it starts and ends its servers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

import pytest

from infra.local.processes import StartError, Supervisor

CHECKOUT = Path(__file__).parents[3]

SERVER = """
import signal, sys
from pathlib import Path

folder, name = Path(sys.argv[1]), sys.argv[2]

def end(*_):
    with (folder / "ended").open("a") as ended:
        print(name, file=ended)
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
print("hello from", name, flush=True)
(folder / name).touch()
signal.pause()
"""

PARENT = """
import os, signal, sys
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child:
    (Path(sys.argv[1]) / "pids").write_text(f"{os.getpid()} {child}")
    Path(sys.argv[1], sys.argv[2]).touch()
signal.pause()
"""


KILLED_SUPERVISOR = """
import os, sys
from pathlib import Path
from signal import SIGKILL
from infra.local.processes import Supervisor

folder = Path(sys.argv[1])
with Supervisor(folder) as supervisor:
    command = [sys.executable, "-c", sys.argv[2], folder, "orphan"]
    server = supervisor.start("orphan", command, ready=(folder / "orphan").exists)
    print(server.pid, flush=True)
    os.kill(os.getpid(), SIGKILL)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path) as supervisor:
        yield supervisor


def start(supervisor: Supervisor, folder: Path, name: str, program: str = SERVER, stop_timeout: float = 10.0) -> None:
    supervisor.start(
        name,
        [sys.executable, "-c", program, folder, name],
        ready=(folder / name).exists,
        timeout=20,
        stop_timeout=stop_timeout,
    )


def wait_until_gone(pid: int) -> None:
    """Return when no such process is left, but for a zombie that its parent has yet to bury."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/status")
        try:
            if "State:\tZ" in status.read_text():
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.01)
    pytest.fail(f"process {pid} outlived its group")


def test_a_server_that_dies_early_is_reported_with_its_last_lines(supervisor: Supervisor) -> None:
    program = "import sys; sys.exit('no such option: --colour')"

    with pytest.raises(StartError, match=r"(?s)dyer ended with status 1.*no such option: --colour") as failure:
        supervisor.start("dyer", [sys.executable, "-c", program], ready=lambda: False)

    assert failure.value.log.name == "dyer.log"
    assert str(failure.value.log) in str(failure.value)


def test_a_program_that_is_not_there_is_reported_by_name(supervisor: Supervisor) -> None:
    with pytest.raises(StartError, match="no-such-program"):
        supervisor.start("ghost", ["no-such-program"], ready=lambda: False)


def test_a_server_that_is_never_ready_is_reported_at_the_deadline(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"mute runs, but was not ready within 0\.2 s"):
        supervisor.start("mute", [sys.executable, "-c", SERVER, tmp_path, "mute"], ready=lambda: False, timeout=0.2)


def test_servers_end_in_reverse_order_of_their_start(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        for name in ("etcd", "apiserver", "controllers"):
            start(supervisor, tmp_path, name)

    assert (tmp_path / "ended").read_text().split() == ["controllers", "apiserver", "etcd"]


def test_servers_end_when_their_supervisor_is_interrupted(tmp_path: Path) -> None:
    def interrupted() -> None:
        with Supervisor(tmp_path) as supervisor:
            start(supervisor, tmp_path, "pebble")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert (tmp_path / "ended").read_text().split() == ["pebble"]


def test_stop_ends_the_whole_group_even_if_it_ignores_the_signal(supervisor: Supervisor, tmp_path: Path) -> None:
    start(supervisor, tmp_path, "stubborn", PARENT, stop_timeout=0.2)

    supervisor.stop("stubborn")

    for pid in (tmp_path / "pids").read_text().split():
        wait_until_gone(int(pid))


def test_servers_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_SUPERVISOR, tmp_path, SERVER],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )

    assert killed.returncode == -SIGKILL
    wait_until_gone(int(killed.stdout))
    assert not (tmp_path / "ended").exists()


def test_a_killed_server_can_be_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    start(supervisor, tmp_path, "azurite")
    supervisor.kill("azurite")
    assert supervisor.processes["azurite"].exit_status == -SIGKILL

    again = supervisor.restart("azurite")

    assert again.exit_status is None
    assert not (tmp_path / "ended").exists()


def test_a_running_server_is_not_started_twice(supervisor: Supervisor, tmp_path: Path) -> None:
    start(supervisor, tmp_path, "pebble")

    with pytest.raises(ValueError, match="pebble was started already"):
        start(supervisor, tmp_path, "pebble")
