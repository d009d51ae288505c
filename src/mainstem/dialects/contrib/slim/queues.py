"""`slim.queues.QueueRunners`: a block in which the queue runners of a session run."""

import contextlib

from mainstem.train import queue_runner
from mainstem.train.coordinator import Coordinator


class NestedQueueRunnerError(Exception):
    """Queue runners were started inside a block that runs them already."""


_running = set()


@contextlib.contextmanager
def QueueRunners(session):  # noqa: N802 - TensorFlow's name
    """Starts the queue runners of a session and stops them at the end of the block; gives their threads.

    Raises NestedQueueRunnerError inside such a block of the same session, and what a thread failed with.
    """
    if session in _running:
        raise NestedQueueRunnerError("QueueRunners cannot be nested")
    _running.add(session)
    coord = Coordinator()
    threads = queue_runner.start_queue_runners(session, coord)
    try:
        yield threads
    finally:
        coord.request_stop()
        try:
            coord.join(threads, stop_grace_period_secs=120)
        finally:
            _running.discard(session)
