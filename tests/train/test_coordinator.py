"""Threads that stop together: requests, clean stops, exceptions with their tracebacks, threads that do not end."""

import threading
import time
import traceback

import pytest

import mainstem.v1 as tf


def start(target, *args):
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def test_any_thread_stops_all():
    coord, seen = tf.train.Coordinator(), []

    def work(i):
        while not coord.should_stop():
            seen.append(i)
            if i == 2 and len(seen) > 10:
                coord.request_stop()
            time.sleep(0.001)

    threads = [start(work, i) for i in range(4)]
    assert not coord.joined
    coord.join(threads)
    assert coord.joined and coord.should_stop() and not any(t.is_alive() for t in threads)
    coord.clear_stop()
    assert not coord.should_stop() and not coord.joined


def test_an_exception_reaches_join_with_the_line_that_raised_it():
    coord = tf.train.Coordinator()

    def breaks():
        with coord.stop_on_exception():
            raise KeyError("deep inside")

    coord.register_thread(start(breaks))
    for _ in range(2):  # as often as one asks, and the traceback does not grow
        with pytest.raises(KeyError, match="deep inside") as e:
            coord.join()
        frames = [f.name for f in traceback.extract_tb(e.value.__traceback__)]
        assert frames.count("breaks") == 1 and frames.count("join") == 1
    with pytest.raises(KeyError):
        coord.raise_requested_exception()


@pytest.mark.parametrize("given", [ValueError("first"), (ValueError, ValueError("first"), None), (ValueError, "first", None)])
def test_the_first_exception_counts(given):
    coord = tf.train.Coordinator()
    coord.request_stop(given)
    coord.request_stop(KeyError("second"))
    with pytest.raises(ValueError, match="first"):
        coord.join()
    with pytest.raises(KeyError, match="late"):  # nobody joins any more
        coord.request_stop(KeyError("late"))
    coord.request_stop()


def test_the_end_of_the_data_is_a_clean_stop():
    coord = tf.train.Coordinator()
    with coord.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "end")
    assert coord.wait_for_stop(0) and coord.should_stop()
    coord.join()
    coord = tf.train.Coordinator(clean_stop_exception_types=(KeyError,))
    coord.request_stop(KeyError("clean"))
    coord.join()
    coord = tf.train.Coordinator(clean_stop_exception_types=())
    coord.request_stop(tf.errors.OutOfRangeError(None, None, "end"))
    with pytest.raises(tf.errors.OutOfRangeError):
        coord.join()


def test_threads_that_do_not_end_are_named():
    coord, leave = tf.train.Coordinator(), threading.Event()
    stuck = start(leave.wait, 30)
    coord.register_thread(stuck)
    coord.request_stop()
    with pytest.raises(RuntimeError, match="Coordinator stopped with threads still running: Thread-"):
        coord.join(stop_grace_period_secs=0.05)
    coord.join([stuck], stop_grace_period_secs=0.05, ignore_live_threads=True)
    coord.clear_stop()
    coord.request_stop(ValueError("the reason comes first"))
    with pytest.raises(ValueError, match="the reason"):
        coord.join([stuck], stop_grace_period_secs=0.05)
    leave.set()


def test_a_thread_among_those_that_it_joins_does_not_wait_for_itself():
    coord, done = tf.train.Coordinator(), []

    def work():
        coord.register_thread(threading.current_thread())
        coord.join()
        done.append(True)

    start(work).join(10)
    assert done


def test_wait_for_stop_tells_whether_one_came():
    coord = tf.train.Coordinator()
    assert not coord.wait_for_stop(0.01)
    coord.request_stop()
    assert coord.wait_for_stop()


def test_a_looper_calls_its_target_on_time():
    coord, calls = tf.train.Coordinator(), []

    def target(*args, **kwargs):
        calls.append((args, kwargs))
        if len(calls) == 4:
            coord.request_stop()

    begin = time.monotonic()
    looper = tf.train.LooperThread.loop(coord, 0.02, target=target, args=(1,), kwargs={"b": 2})
    coord.join()
    assert calls == [((1,), {"b": 2})] * 4 and time.monotonic() - begin >= 0.06
    assert looper.daemon and not looper.is_alive()


def test_a_looper_of_its_own():
    calls = []

    class Own(tf.train.LooperThread):
        def start_loop(self):
            calls.append("start")

        def run_loop(self):
            calls.append("run")
            if len(calls) == 3:
                raise KeyError("in the loop")

        def stop_loop(self):
            calls.append("stop")

    coord = tf.train.Coordinator()
    Own(coord, None).start()
    with pytest.raises(KeyError, match="in the loop"):
        coord.join()
    assert calls == ["start", "run", "run"]
    with pytest.raises(ValueError, match="'coord' argument must be a Coordinator: 1"):
        tf.train.LooperThread(1, 2)
