from base64 import b64encode

from azure.storage.queue import QueueClient

from tests.host.hosting import RunningHost


def hold(host: RunningHost, queue: QueueClient) -> None:
    """Have a message worked on until the host's release."""
    queue.send_message(b64encode(b"hold").decode())
    host.wait_for(event="executing", function="work")


def test_a_signal_lets_what_is_running_end(host: RunningHost, queue: QueueClient) -> None:
    hold(host, queue)
    host.terminate()
    host.wait_for(event="stopping")
    host.release.touch()
    assert host.exit_status() == 0
    assert host.lines(event="executed", function="work")
    assert queue.get_queue_properties().approximate_message_count == 0


def test_what_outlasts_the_grace_is_abandoned_and_its_message_kept(host: RunningHost, queue: QueueClient) -> None:
    hold(host, queue)
    host.terminate()
    assert host.exit_status() == 1
    assert host.wait_for(event="abandoned")["message"] == "still running after 5 s: work"
    assert queue.get_queue_properties().approximate_message_count == 1
