"""`contrib.training`, `slim.learning` and Slim's small tools: what TensorFlow 1.15 does, logs and writes (golden/record_learning.py)."""

import json
import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstem.v1 as tf
from tests.dialects import learning_programs
from tests.train import session_programs
from tests.train.test_sessions import plain
from tests.train.test_supervisor import settled

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "learning.json").read_text())


def close(a, b):
    """Facts are equal, numbers nearly."""
    if isinstance(a, float) and isinstance(b, (int, float)):
        return a == pytest.approx(b, abs=2e-5)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    return a == b


@pytest.mark.parametrize("name", learning_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(name, tmp_path):
    found = json.loads(json.dumps(session_programs.logged(tf, str(tmp_path), learning_programs.PROGRAMS[name])))
    golden = GOLDEN[name]
    made, wanted = plain(found["made"]), plain(golden["made"])
    assert close(made, wanted) or made == wanted
    assert settled(plain(found["log"])) == settled(plain(golden["log"]))


def test_what_needs_several_workers_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="sync_optimizer"):
        tf.contrib.slim.learning.train(tf.constant(1.0), None, sync_optimizer=1)


def test_an_aborted_step_is_tried_again(tmp_path):
    """The supervisor opens a new session, from the last checkpoint."""
    slim = tf.contrib.slim
    learning_programs.model(tf)
    op = slim.learning.create_train_op(tf.losses.get_total_loss(), tf.train.GradientDescentOptimizer(0.5))
    steps = []

    def step(session, train_op, global_step, kwargs):
        steps.append(int(session.run(global_step)))
        if len(steps) == 3:
            raise tf.errors.AbortedError(None, None, "gone")
        return slim.learning.train_step(session, train_op, global_step, kwargs)

    rows = {"number_of_steps": 4, "save_summaries_secs": 0, "save_interval_secs": 0, "log_every_n_steps": 0}
    slim.learning.train(op, str(tmp_path), train_step_fn=step, **rows)
    assert steps == [0, 1, 2, 0, 1, 2, 3]


def test_a_loss_that_is_not_finite_ends_training():
    x = tf.Variable(1.0)
    op = tf.contrib.training.create_train_op(tf.log(x - 2.0), tf.train.GradientDescentOptimizer(1.0))
    with pytest.raises(tf.errors.InvalidArgumentError, match="LossTensor is inf or nan"):
        tf.contrib.training.train(op, None, save_checkpoint_secs=0, save_summaries_steps=0)


def test_evaluation_restores_under_other_names(tmp_path):
    slim = tf.contrib.slim
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("old", initializer=np.float32(7.0))
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
    v = tf.get_variable("new", initializer=np.float32(0.0))
    value = slim.evaluation.evaluate_once(
        "", path, None, final_op=v, eval_op=tf.no_op(), summary_op=None, variables_to_restore={"old": v}
    )
    assert value == 7.0


NAMES = st.from_regex(r"[a-zA-Z][\w.]{0,8}", fullmatch=True).filter(str.isascii)
WORDS = st.text("abc xyz_./-:", max_size=8).map(str.strip)
VALUES = st.one_of(
    st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans(), WORDS,
    st.lists(st.integers(-99, 99), min_size=1, max_size=4), st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=3),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6), st.sampled_from([",", ", ", ",  "]), st.sampled_from(["=", " = "]))
def test_what_is_written_as_text_is_read_again(values, comma, equals):
    kinds = {name: type(v[0]) if isinstance(v, list) else type(v) for name, v in values.items()}
    text = comma.join(f"{name}{equals}{str(v).lower() if isinstance(v, bool) else v}" for name, v in values.items())
    assert tf.contrib.training.parse_values(text, kinds) == values


@settings(max_examples=200, deadline=None)
@given(st.text("ab1=[], .x", max_size=16))
def test_any_text_is_read_or_refused(text):
    try:
        made = tf.contrib.training.parse_values(text, {"a": int, "b": str, "ab": float})
    except ValueError:
        return
    assert set(made) <= {"a", "b", "ab"}
