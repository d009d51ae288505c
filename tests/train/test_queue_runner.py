"""Queue runners: start and stop, sessions that close first, errors that reach `join`, meta graphs, no thread left behind."""

import subprocess
import sys
import threading
import traceback

import numpy as np
import pytest

import mainstem.v1 as tf


def pipeline(size=4, **more):
    x, y = tf.train.slice_input_producer([np.arange(20, dtype=np.float32).reshape(10, 2), np.arange(10)], shuffle=False, **more)
    return tf.train.batch([x, y], size)


def test_a_session_that_closes_first_ends_the_threads():
    with tf.Graph().as_default():
        batch = pipeline()
        coord = tf.train.Coordinator()
        with tf.Session() as session:
            threads = tf.train.start_queue_runners(session, coord)
            assert session.run(batch)[1].tolist() == [0, 1, 2, 3]
        with pytest.raises((tf.errors.CancelledError, RuntimeError)):
            coord.join(threads, stop_grace_period_secs=10)
        assert not any(t.is_alive() for t in threads)


def test_without_a_coordinator_a_closed_session_ends_them_too():
    with tf.Graph().as_default():
        batch = pipeline()
        with tf.Session() as session:
            threads = tf.train.start_queue_runners(session)
            assert tf.train.start_queue_runners(session) == []  # they run already
            session.run(batch)
        for t in threads:
            t.join(10)
            assert not t.is_alive()
        runner = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[0]
        assert all(isinstance(e, (tf.errors.CancelledError, RuntimeError)) for e in runner.exceptions_raised)


def test_an_error_in_a_pipeline_reaches_join_with_its_line():
    def breaks(i):
        if i == 3:
            raise KeyError("row three")
        return i

    with tf.Graph().as_default(), tf.Session() as session:
        i = tf.train.range_input_producer(10, shuffle=False).dequeue()
        (value,) = tf.py_func(breaks, [i], [tf.int32])
        value.set_shape([])
        batch = tf.train.batch([value], 2)
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        assert session.run(batch).tolist() == [0, 1]
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(batch)
        with pytest.raises(tf.errors.UnknownError, match="row three") as e:
            coord.join(threads)
        assert "_run" in [f.name for f in traceback.extract_tb(e.value.__traceback__)]


def test_200_pipelines_leave_no_thread():
    before = threading.active_count()
    with tf.Graph().as_default():
        queue = tf.train.string_input_producer(["a", "b"], shuffle=False)
        batch = tf.train.batch([queue.dequeue()], 2)
        for _ in range(200):
            with tf.Session() as session:
                coord = tf.train.Coordinator()
                threads = tf.train.start_queue_runners(session, coord)
                assert session.run(batch).tolist() == [b"a", b"b"]
                coord.request_stop()
                coord.join(threads)
    assert threading.active_count() <= before


def test_daemon_threads_do_not_hold_the_process():
    code = (
        "import mainstem.v1 as tf\n"
        "x = tf.train.slice_input_producer([tf.range(8)])[0]\n"
        "batch = tf.train.batch([x * 2], 4)\n"
        "session = tf.Session()\n"
        "coord = tf.train.Coordinator()\n"
        "threads = tf.train.start_queue_runners(session, coord)\n"
        "print(session.run(batch).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(4,)\n", "")


def test_a_meta_graph_brings_its_queue_runners():
    with tf.Graph().as_default():
        batch = pipeline(num_epochs=1)
        stored = tf.train.export_meta_graph()
        wanted = [r.to_proto() for r in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)]
        names = [t.name for t in batch]
    for scope in ("", "below"):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            tf.train.import_meta_graph(stored, import_scope=scope or None)
            runners = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
            assert [r.to_proto(export_scope=scope or None) for r in runners] == wanted
            tensors = [graph.get_tensor_by_name(f"{scope}/{n}" if scope else n) for n in names]
            session.run(tf.local_variables_initializer())
            coord = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(session, coord)
            assert session.run(tensors)[1].tolist() == [0, 1, 2, 3]
            coord.request_stop()
            coord.join(threads)


def test_arguments_are_checked():
    with tf.Graph().as_default():
        queue = tf.FIFOQueue(2, tf.float32)
        put = queue.enqueue(1.0)
        for args in ((), (queue,), (queue, [])):
            with pytest.raises(ValueError, match="Must provide queue and enqueue_ops"):
                tf.train.QueueRunner(*args)
        for types in (tf.errors.OutOfRangeError, (), (ValueError,)):
            with pytest.raises(TypeError, match="must be a tuple of tf.error types"):
                tf.train.QueueRunner(queue, [put], queue_closed_exception_types=types)
        tf.train.add_queue_runner(tf.train.QueueRunner(queue, [put] * 2))
        with pytest.raises(ValueError, match="No default session is registered"):
            tf.train.start_queue_runners()
        with pytest.raises(TypeError, match=r"sess must be a `tf.Session` object. Given class: <class 'int'>"):
            tf.train.start_queue_runners(sess=3)
        with tf.Session() as session:
            coord = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(session, coord, start=False)
            names = ["QueueRunnerThread-fifo_queue-fifo_queue_enqueue"] * 2 + ["QueueRunnerThread-fifo_queue-close_on_stop"]
            assert [t.name for t in threads] == names and all(t.daemon and not t.is_alive() for t in threads)
