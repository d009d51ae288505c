"""Many threads on queues of every kind, and a close at a random time: nobody waits for ever, no element is lost or comes twice."""

import random
import threading
import time

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.surface import staging

ENDS = (tf.errors.OutOfRangeError, tf.errors.CancelledError, RuntimeError)
KINDS = {
    "fifo": lambda n: tf.FIFOQueue(n, [tf.int64], [[]]),
    "shuffle": lambda n: tf.RandomShuffleQueue(n, min(2, n - 1), [tf.int64], [[]], seed=1),
    "padding": lambda n: tf.PaddingFIFOQueue(n, [tf.int64], [[]]),
    "priority": lambda n: tf.PriorityQueue(n, [tf.int64], [[]]),
}


class Traffic:
    """Producers and consumers of one queue, each with runs of its own choice. `put` and `got` are what is known to be in and out."""

    def __init__(self, kind, seed):
        self.choice, self.kind = random.Random(seed), kind
        self.queue = KINDS[kind](self.choice.choice([2, 5, 40]))
        one, many = tf.placeholder(tf.int64, []), tf.placeholder(tf.int64, [None])
        parts = [one, one] if kind == "priority" else [one]
        rows = [many, many] if kind == "priority" else [many]
        self.puts = [(self.queue.enqueue(parts), one), (self.queue.enqueue_many(rows), many)]
        self.takes = [self.queue.dequeue(), self.queue.dequeue_many(3), self.queue.dequeue_up_to(4)]
        self.closes = [self.queue.close(), self.queue.close(cancel_pending_enqueues=True)]
        self.size, self.lock = self.queue.size(), threading.Lock()
        self.numbers, self.put, self.tried, self.got = iter(range(10**6)), [], [], []

    def produce(self, session, seed):
        choice = random.Random(seed)
        while True:
            single = choice.random() < 0.6
            with self.lock:
                values = [next(self.numbers) for _ in range(1 if single else choice.randint(1, 6))]
                self.tried.extend(values)
            operation, fed = self.puts[0 if single else 1]
            session.run(operation, {fed: values[0] if single else values})
            with self.lock:
                self.put.extend(values)

    def consume(self, session, seed):
        choice = random.Random(seed)
        while True:
            made = session.run(choice.choice(self.takes))
            made = made[-1] if self.kind == "priority" else made
            with self.lock:
                self.got.extend(np.atleast_1d(made).tolist())

    def run(self, session, seconds):
        """Starts the threads, closes something after a while; gives which threads did not end, and what went wrong in them."""
        wrong = []

        def guarded(work, seed):
            try:
                work(session, seed)
            except ENDS:
                pass
            except BaseException as e:  # noqa: BLE001 - told by the test
                wrong.append(e)

        count = self.choice.randint(2, 5), self.choice.randint(2, 5)
        threads = [threading.Thread(target=guarded, args=(self.produce, i), daemon=True) for i in range(count[0])]
        threads += [threading.Thread(target=guarded, args=(self.consume, 100 + i), daemon=True) for i in range(count[1])]
        for t in threads:
            t.start()
        time.sleep(seconds)
        return threads, wrong


def joined(threads):
    end = time.monotonic() + 30
    for t in threads:
        t.join(max(0.0, end - time.monotonic()))
    return [t.name for t in threads if t.is_alive()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_a_queue_that_is_closed_ends_all_threads_and_loses_nothing(kind, seed):
    with tf.Graph().as_default(), tf.Session() as session:
        traffic = Traffic(kind, seed)
        threads, wrong = traffic.run(session, traffic.choice.uniform(0.02, 0.15))
        cancel = seed % 2
        session.run(traffic.closes[cancel])
        assert not joined(threads) and not wrong
        assert traffic.got, "nothing went through"
        rest = []
        while session.run(traffic.size):
            made = session.run(traffic.takes[0])
            rest.append(int(made[-1] if kind == "priority" else made))
        out = traffic.got + rest
        assert len(set(out)) == len(out), "an element came twice"
        assert set(out) <= set(traffic.tried) and set(traffic.put) <= set(out), "an element was lost"
        if not cancel:  # who waited for room when the queue closed is served
            assert len(traffic.put) <= len(out) <= len(traffic.tried)


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_that_is_closed_ends_all_threads(kind):
    with tf.Graph().as_default():
        session = tf.Session()
        traffic = Traffic(kind, 7)
        threads, wrong = traffic.run(session, 0.05)
        session.close()
        assert not joined(threads) and not wrong
        assert len(set(traffic.got)) == len(traffic.got)


@pytest.mark.parametrize("seed", range(3))
def test_queue_runners_from_queue_to_queue_keep_every_element(seed):
    """Three queues one behind the other, with several threads between them, read to the end, or stopped at a random time."""
    choice = random.Random(seed)
    with tf.Graph().as_default(), tf.Session() as session:
        first = tf.train.range_input_producer(50, num_epochs=6, shuffle=False, capacity=choice.choice([3, 32])).dequeue()
        second = tf.FIFOQueue(choice.choice([2, 30]), [tf.int32, tf.float32], [[], [2]])
        put = second.enqueue([first, tf.cast(first, tf.float32) * [1.0, 2.0]])
        tf.train.add_queue_runner(tf.train.QueueRunner(second, [put] * 3))
        number, values = second.dequeue()
        batch = tf.train.batch([number, values + 1.0], 4, num_threads=2, capacity=16, allow_smaller_final_batch=True)
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator, got = tf.train.Coordinator(), []
        threads = tf.train.start_queue_runners(session, coordinator)
        stop_at = None if seed == 0 else choice.randint(1, 40)
        try:
            while len(got) // 4 != stop_at:
                numbers, made = session.run(batch)
                np.testing.assert_array_equal(made, numbers[:, None] * [1.0, 2.0] + 1.0)
                got.extend(numbers.tolist())
        except tf.errors.OutOfRangeError:
            pass
        began = time.monotonic()
        coordinator.request_stop()
        coordinator.join(threads, stop_grace_period_secs=20)
        assert time.monotonic() - began < 10
        counts = np.bincount(got, minlength=50)
        assert counts.max() <= 6
        if stop_at is None:
            assert counts.tolist() == [6] * 50


@pytest.mark.parametrize("way", ["queue", "session"])
def test_who_waits_before_a_resource_is_told_when_it_ends(way):
    """Accumulators, barriers, staging areas: with a close or the end of the session nobody waits any more."""
    with tf.Graph().as_default():
        session, ends = tf.Session(), []
        accumulator = tf.ConditionalAccumulator(tf.float32, shape=[])
        barrier = staging.Barrier((tf.float32,), shapes=((),))
        full = staging.StagingArea([tf.float32], shapes=[[]], capacity=1)
        session.run(full.put(tf.constant(1.0)))
        runs = [accumulator.take_grad(2), barrier.take_many(2)[0], full.put(tf.constant(2.0))]

        def work(r):
            try:
                session.run(r)
                ends.append("done")
            except ENDS as e:
                ends.append(type(e).__name__)

        threads = [threading.Thread(target=work, args=(r,), daemon=True) for r in runs]
        for t in threads:
            t.start()
        time.sleep(0.1)
        if way == "queue":
            session.run([accumulator.apply_grad(1.0), barrier.close(), full.get()])
            session.run(accumulator.apply_grad(1.0))
        else:
            session.close()
        assert not joined(threads)
        assert sorted(ends) == (["OutOfRangeError", "done", "done"] if way == "queue" else ["CancelledError"] * 3)
