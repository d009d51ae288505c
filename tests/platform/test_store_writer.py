"""Files of stores that nobody closes: the garbage collector does not wait for the store."""

import gc
import threading

import pytest

from mainstem.platform import store_writer


class File:
    """A driver's file, whose store answers when it may."""

    closed, thread = False, None

    def __init__(self, answer=None, error=None):
        self.answer, self.error, self.done = answer, error, threading.Event()

    def close(self):
        self.thread = threading.current_thread()
        if self.answer is not None:
            assert self.answer.wait(20)
        self.closed = True
        self.done.set()
        if self.error is not None:
            raise self.error


def test_a_forgotten_file_is_closed_by_another_thread():
    """As in a server's thread of this process that collects what a client forgot: it must go on for the file to be closed."""
    answer = threading.Event()
    file = File(answer)
    circle = [store_writer.StoreWriter(file, "s3://a/b")]
    circle.append(circle)
    del circle
    gc.collect()
    assert not file.done.is_set()
    answer.set()
    assert file.done.wait(20) and file.thread.name == "mainstem-closer"


def test_a_dropped_file_is_closed_at_once():
    file = File()
    writer = store_writer.StoreWriter(file, "s3://a/b")
    del writer
    assert file.closed and file.thread is threading.current_thread()


def test_a_closed_file_is_not_closed_again():
    file = File()
    with store_writer.StoreWriter(file, "s3://a/b") as writer:
        assert not writer.closed
    file.thread = None
    del writer
    assert file.closed and file.thread is None


def test_a_dropped_file_that_cannot_be_closed_warns():
    writer = store_writer.StoreWriter(File(error=OSError("no answer")), "s3://a/b")
    with pytest.warns(ResourceWarning, match="s3://a/b was not closed, and could not be: OSError: no answer"):
        del writer
