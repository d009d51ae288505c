"""Queues against TensorFlow 1.15: what programs get, what errors tell, the nodes that they make, and the order of waiting."""

import contextlib
import json
import pathlib
import threading
import time

import pytest

import mainstem.v1 as tf
from mainstem.ops import queue_store
from tests.surface import queue_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "queues.json").read_text())["programs"]


@pytest.mark.parametrize("program", queue_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_as_tensorflow(program):
    with tf.Graph().as_default(), tf.Session() as session:
        got = program(queue_programs.Bench(tf, session))
    for i, (ours, theirs) in enumerate(zip(json.loads(json.dumps(got)), GOLDEN[program.__name__], strict=True)):
        assert ours == theirs, i


def test_the_value_of_a_variable_that_an_assignment_gives_is_put_in():
    counter = tf.get_variable("counter", initializer=0, use_resource=False)
    queue = tf.FIFOQueue(4, [tf.int32, tf.int32], [[], []])
    put, taken = queue.enqueue([tf.assign_add(counter, 1), counter]), queue.dequeue()
    with tf.Session() as session:
        session.run(counter.initializer)
        session.run(put)
        assert [int(x) for x in session.run(taken)][0] == 1


def test_strings_of_a_batch_are_bytes():
    queue = tf.FIFOQueue(4, [tf.string], [[]])
    put, taken = queue.enqueue([tf.as_string(tf.constant(3))]), queue.dequeue_many(2)
    with tf.Session() as session:
        session.run(put)
        session.run(put)
        assert session.run(taken).tolist() == [b"3", b"3"]
        session.run(put)
        session.run(put)
        assert session.run(tf.string_to_number(taken, tf.int32)).tolist() == [3, 3]


def test_a_branch_may_be_the_first_to_use_a_queue():
    queue = tf.FIFOQueue(4, [tf.int32], [[]])
    put = tf.cond(tf.placeholder_with_default(True, []), lambda: queue.enqueue([7]), tf.no_op)
    with tf.Session() as session:
        session.run(put)
        assert session.run(queue.dequeue()) == 7


@pytest.mark.parametrize("random", [False, True], ids=["constant", "random"])
def test_no_thread_fills_a_queue_before_another_has_run(random):
    queue = tf.FIFOQueue(100, [tf.float32], shapes=())
    put = queue.enqueue(tf.random_normal([]) if random else 1.0)
    stopped = 0
    for _ in range(10):
        with tf.Session() as session:
            coordinator = tf.train.Coordinator()

            def add(i, session=session, coordinator=coordinator):
                with contextlib.suppress(tf.errors.CancelledError):
                    while not coordinator.should_stop():
                        session.run(put)
                        if i == 1:
                            coordinator.request_stop()

            threads = [threading.Thread(target=add, args=(i,)) for i in range(10)]
            for t in threads:
                t.start()
            stopped += coordinator.wait_for_stop(2)
        for t in threads:
            t.join()
    assert stopped >= 8  # a busy machine may keep a thread from running; without turns it was none of ten


class _Late(threading.Thread):
    """A thread that the machine keeps from running for a while."""

    def run(self):
        time.sleep(0.15)
        super().run()


def test_a_thread_that_starts_late_finds_room():
    queue = tf.FIFOQueue(100, [tf.float32], shapes=())
    put = queue.enqueue(1.0)
    with tf.Session() as session:
        coordinator = tf.train.Coordinator()

        def add(i):
            with contextlib.suppress(tf.errors.CancelledError):
                while not coordinator.should_stop():
                    session.run(put)
                    if i == 1:
                        coordinator.request_stop()

        threads = [(_Late if i == 1 else threading.Thread)(target=add, args=(i,)) for i in range(10)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(10)
        assert not any(t.is_alive() for t in threads)


def test_a_thread_that_never_puts_is_waited_for_once():
    queue = tf.FIFOQueue(8, [tf.int32], [[]])
    put, end, times = queue.enqueue([1]), threading.Event(), []

    def fill():
        for _ in range(2):
            began = time.monotonic()
            for _ in range(8):
                session.run(put)
            times.append(time.monotonic() - began)
            session.run(take)

    take = queue.dequeue_many(8)
    with tf.Session() as session:
        other, filling = threading.Thread(target=end.wait), threading.Thread(target=fill)
        other.start(), filling.start()
        filling.join(20)
        end.set()
        other.join()
    assert times[0] > 0.9 > times[1]


def test_who_rests_before_a_queue_is_full_is_woken_by_who_needs_more(monkeypatch):
    monkeypatch.setattr(queue_store, "_REST", 30)
    queue = tf.FIFOQueue(4, [tf.int32], [[]])
    put, take = queue.enqueue([1]), queue.dequeue_many(4)
    began = time.monotonic()
    with tf.Session() as session:

        def fill():
            with contextlib.suppress(tf.errors.CancelledError, RuntimeError):
                while True:
                    session.run(put)

        thread = threading.Thread(target=fill)
        thread.start()
        for _ in range(20):
            session.run(take)
    thread.join()
    assert time.monotonic() - began < 20
