"""The trace of a run, against what the real TensorFlow 1.15 wrote for the same step statistics."""

import importlib.util
import json
import pathlib

import pytest

import mainstem.v1 as tf
from mainstem.run.timeline import Timeline

HERE = pathlib.Path(__file__).parent
GOLDEN = json.loads((HERE.parent / "golden" / "tools.json").read_text())


def load(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rows = load("timeline_rows")


def key(event):
    return json.dumps(event, sort_keys=True)


@pytest.mark.parametrize("number", range(len(rows.OPTIONS)))
def test_traces(number):
    options, expected = rows.OPTIONS[number], GOLDEN["traces"][number]
    text = Timeline(rows.stats(tf.RunMetadata().step_stats)).generate_chrome_trace_format(**options)
    made = json.loads(text)
    assert list(made) == ["traceEvents"] and text.startswith(
        '{\n    "traceEvents": [\n        {\n            "name": "process_name",'
    )
    assert sorted(made["traceEvents"], key=key) == sorted(expected["traceEvents"], key=key)


def test_the_trace_of_a_run():
    from mainstem.v1.python.client import timeline

    x = tf.placeholder(tf.float32, [2, 2], name="x")
    y = tf.matmul(x, x, name="y")
    metadata = tf.RunMetadata()
    with tf.Session() as session:
        session.run(y, {x: [[1, 2], [3, 4]]}, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), metadata)
    events = json.loads(timeline.Timeline(metadata.step_stats).generate_chrome_trace_format())["traceEvents"]
    (event,) = [e for e in events if e.get("args", {}).get("name") == "y"]
    assert event["ph"] == "X" and event["name"] == "MatMul" and event["dur"] > 0 and event["args"]["input0"] == "x"


def test_a_traced_run_of_a_gradient_whose_op_has_static_inputs():
    v = tf.Variable([1.0, 2.0])
    (slope,) = tf.gradients(tf.reduce_sum(v * v, axis=0), v)
    metadata = tf.RunMetadata()
    with tf.Session() as session:
        session.run(v.initializer)
        got = session.run(slope, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=metadata)
    assert got.tolist() == [2.0, 4.0] and metadata.step_stats.dev_stats


def test_every_operation_in_python_is_traced():
    """Only the first of them ran: what comes before was kept for all operations of a segment at once."""
    with tf.Graph().as_default(), tf.Session() as session:
        text = tf.string_join([tf.string_join([tf.as_string(tf.constant(1)), "a"]), "b"])
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        assert session.run(text, options=options, run_metadata=metadata) == b"1ab"
        names = [n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats]
        assert {"AsString", "StringJoin", "StringJoin_1"} <= set(names)
