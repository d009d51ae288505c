"""`tf.contrib.metrics` against TensorFlow 1.15 (golden/record_metrics.py): variables and values of several updates, errors."""

import json
import pathlib

import pytest

import mainstem.v1 as tf
from tests.dialects import contrib_metric_rows, metric_rows
from tests.dialects.test_metrics import close, same

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "contrib_metrics.json").read_text())
INNER = (
    "dynamic auc",
    "auc_with",
    "strict",
    "curve points",
    "equal thresholds",
    "streaming_concat",
    "aggregated",
    "auc_using",
    "accuracy",
)


@pytest.mark.parametrize("row", contrib_metric_rows.ROWS)
def test_rows_do_what_tensorflow_does(row):
    made, wanted = metric_rows.outcome(tf, contrib_metric_rows.ROWS[row]), RECORD["rows"][row]
    if not row.startswith(INNER) and "strict" not in row and not row.endswith(" at"):  # their nodes are TensorFlow's own affair
        same(made, wanted)
        return
    assert made["variables"] == wanted["variables"]
    for key in ("before", "updates", "values"):
        close(made[key], wanted[key])


@pytest.mark.parametrize("program", contrib_metric_rows.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert metric_rows.failure(tf, contrib_metric_rows.ERRORS[program]) == RECORD["errors"][program]


def test_strings_are_collected():
    with tf.Graph().as_default(), tf.Session() as session:
        words = tf.placeholder(tf.string, [None])
        value, update = tf.contrib.metrics.streaming_concat(words)
        session.run(tf.local_variables_initializer())
        for given in (["a", "b"], ["c"]):
            session.run(update, {words: given})
        assert session.run(value).tolist() == [b"a", b"b", b"c"]
