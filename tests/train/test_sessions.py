"""Hooks, monitored sessions, supervisors: calls, log lines, files and errors of TensorFlow 1.15 (golden/record_sessions.py)."""

import collections
import json
import logging as python_logging
import pathlib
import re

import pytest

import mainstem.v1 as tf
from mainstem.platform import logging
from tests.train import session_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "sessions.json").read_text())


@pytest.fixture(autouse=True)
def counted_anew():
    """Warnings that are logged a few times only are counted for each test."""
    logging._counts.clear()


def plain(x):
    """A fact with what NumPy prints differently today as it printed it, and what differs in kind left out."""
    if isinstance(x, str):
        x = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", x)
        x = re.sub(r"<session_programs\.|<tests\.train\.session_programs\.", "<", re.sub(r"0x[0-9a-f]+", "0x", x))
        return re.sub(r"(An error was raised\..{30}).*", r"\1", x)
    if isinstance(x, (list, tuple)):
        return [plain(y) for y in x]
    return {k: plain(v) for k, v in x.items()} if isinstance(x, dict) else x


@pytest.mark.parametrize("name", session_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(name, tmp_path):
    found = session_programs.logged(tf, str(tmp_path), session_programs.PROGRAMS[name])
    found = json.loads(json.dumps(found))
    assert plain(found["made"]) == plain(GOLDEN[name]["made"])
    assert plain(found["log"]) == plain(GOLDEN[name]["log"])
    assert python_logging.getLogger("tensorflow").level != python_logging.INFO


def test_fetches_of_hooks_keep_their_structure_and_are_looked_up_again():
    """Dicts and lists are fetched as tuples, so that a step does not flatten them anew."""
    a, b = tf.constant(1.0), tf.constant(2.0)
    pair = collections.namedtuple("Pair", "x y")
    wanted = [{"a": a, "b": b}, [a, b], (b, a), pair(a, b), {"deep": [a, {"b": b}]}, a]
    seen = []

    class Keeps(tf.train.SessionRunHook):
        def __init__(self, fetches):
            self.fetches = fetches

        def before_run(self, run_context):
            return tf.train.SessionRunArgs(self.fetches)

        def after_run(self, run_context, run_values):
            seen.append(run_values.results)

    with tf.train.MonitoredSession(hooks=[Keeps(f) for f in wanted]) as session:
        assert session.run([a, b]) == [1.0, 2.0] and session.run({"b": b}) == {"b": 2.0} and session.run([]) == []
        inner = session._tf_sess()
    assert seen[:6] == [{"a": 1.0, "b": 2.0}, [1.0, 2.0], (2.0, 1.0), pair(1.0, 2.0), {"deep": [1.0, {"b": 2.0}]}, 1.0]
    assert [type(s) for s in seen[1:4]] == [list, tuple, pair] and inner is not None


def enqueued(value):
    """A queue that a queue runner of the graph fills; gives what is taken out."""
    queue = tf.FIFOQueue(2, [value.dtype.base_dtype], [[]])
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(value)]))
    return queue.dequeue()


def test_an_error_of_a_queue_runner_ends_the_loop_and_is_raised():
    taken = enqueued(tf.check_numerics(tf.placeholder_with_default(float("nan"), []), "bad"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="bad"), tf.train.MonitoredSession() as session:
        while not session.should_stop():
            session.run(taken)


def test_the_end_of_the_data_of_a_queue_runner_ends_the_loop_quietly():
    count = tf.get_variable("count", initializer=0, trainable=False)
    number = tf.assign_add(count, 1)
    with tf.control_dependencies([tf.assert_less(number, 4)]):
        number = tf.identity(number)
    queue = tf.FIFOQueue(2, [tf.int32], [[]])
    runner = tf.train.QueueRunner(
        queue, [queue.enqueue(number)], queue_closed_exception_types=(tf.errors.InvalidArgumentError, tf.errors.OutOfRangeError)
    )
    tf.train.add_queue_runner(runner)
    taken, seen = queue.dequeue(), []
    with tf.train.MonitoredSession() as session:
        while not session.should_stop():
            seen.append(int(session.run(taken)))
    assert seen == [1, 2, 3]


def test_a_session_of_a_scaffold_copies_what_it_is_not_given():
    calls = []
    first = tf.train.Scaffold(init_fn=lambda scaffold, session: calls.append(scaffold))
    second = tf.train.Scaffold(copy_from_scaffold=first)
    tf.get_variable("v", initializer=1.0)
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(second)):
        pass
    assert calls == [second]
