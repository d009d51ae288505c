"""Summaries written as they are computed. What files and names hold was recorded from TensorFlow 1.15.5 and 2.21.0."""

import struct

import numpy as np
import pytest

import mainstem as tf2
import mainstem.v1 as tf
from mainstem.eager.context import context
from mainstem.formats import events
from mainstem.graph.graph import Graph


def written(folder):
    """(step, value) of every summary in a folder's one event file."""
    (path,) = folder.iterdir()
    return [(e.step, v) for e in events.read_events(path) if e.HasField("summary") for v in e.summary.value]


@pytest.fixture
def eager():
    with context().as_default():
        yield


@pytest.fixture
def graph():
    with Graph().as_default() as g:
        yield g


def test_a_graph_writes_when_it_runs(tmp_path, graph):
    c, step = tf.contrib.summary, tf.train.get_or_create_global_step()
    writer = c.create_file_writer(str(tmp_path / "logs"))
    with writer.as_default(), c.always_record_summaries():
        loss = c.scalar("loss", tf.constant(1.5))
        spread = c.histogram("h", tf.constant([1.0, 2.0, 3.0]), family="fam")
        c.image("im", tf.zeros([1, 2, 2, 3]))
        c.generic("gen", tf.constant([1, 2]))
        c.audio("au", tf.zeros([1, 4, 1]), 44100, 1)
    with writer.as_default(), c.record_summaries_every_n_global_steps(2):
        every = c.scalar("every", tf.constant(2.0))
    assert loss.dtype == tf.bool and graph.get_operation_by_name("loss").type == "WriteScalarSummary"
    assert graph.get_operation_by_name("fam/h").type == "WriteHistogramSummary" and len(c.all_summary_ops()) == 6
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with writer.as_default():
            c.initialize(graph=graph, session=session)
        for k in range(3):
            done = session.run([c.all_summary_ops(), loss, spread, every])
            assert done[1:] == [True, True, k % 2 == 0]
            session.run(tf.assign_add(step, 1))
        session.run(writer.close())
    kinds = {op.type for op in graph.get_operations()}
    assert {"CreateSummaryFileWriter", "WriteImageSummary", "WriteSummary", "WriteAudioSummary", "WriteGraphSummary"} <= kinds
    assert "CloseSummaryWriter" in kinds
    found = written(tmp_path / "logs")
    tags = [v.tag for s, v in found if s == 0]
    assert sorted(tags) == ["au/audio", "every", "fam/fam/h", "gen", "im/image/0", "loss"]
    assert sorted(v.tag for s, v in found if s == 1) == ["au/audio", "fam/fam/h", "gen", "im/image/0", "loss"]
    assert next(v for s, v in found if v.tag == "loss").simple_value == 1.5
    assert next(v for s, v in found if v.tag == "fam/fam/h").histo.sum_squares == 14


def test_without_a_writer_or_a_condition_nothing_is_written(tmp_path, graph):
    c = tf.contrib.summary
    assert c.scalar("none", 1.0).type == "NoOp" and c.should_record_summaries() is False
    tf.train.get_or_create_global_step()
    writer = c.create_file_writer(str(tmp_path))
    with writer.as_default():
        off = c.scalar("off", 1.0)
    with pytest.raises(RuntimeError, match=r"No default tf.contrib.summary.SummaryWriter found"):
        c.initialize()
    with tf.Session() as session:
        session.run([c.summary_writer_initializer_op(), tf.global_variables_initializer()])
        assert session.run(off) == np.False_
    assert written(tmp_path) == []


def test_writing_before_the_file_is_open_is_an_error(tmp_path, graph):
    c = tf.contrib.summary
    with c.create_file_writer(str(tmp_path)).as_default(), c.always_record_summaries():
        op = c.scalar("early", 1.0, step=3)
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError, match="is not open"):
        session.run(op)


def test_eager_mode_writes_tensors_for_plugins(tmp_path, eager):
    s = tf2.summary
    assert not s.scalar("nowriter", 1.0, step=1)
    writer = s.create_file_writer(str(tmp_path))
    with writer.as_default():
        with pytest.raises(ValueError, match="No step set. Please specify one either through the `step` argument"):
            s.scalar("nostep", 1.0)
        assert s.scalar("loss", 1.5, step=1, description="told")
        s.experimental.set_step(7)
        with tf2.name_scope("sc"):
            s.scalar("inner", 2)
        s.experimental.set_step(None)
        s.histogram("h", [1.0, 2.0, 3.0], step=2, buckets=4)
        s.histogram("same", [5.0, 5.0], step=2, buckets=3)
        s.image("im", tf2.zeros([2, 2, 2, 3]), step=2, max_outputs=1)
        s.text("t", "hello", step=3)
        s.write("raw", tf2.constant([1, 2]), step=4)
        with s.record_if(False):
            assert not s.scalar("skipped", 1.0, step=1)
        with s.record_if(lambda: True):
            assert s.should_record_summaries()
    writer.close()
    with pytest.raises(RuntimeError, match="is already closed"), writer.as_default():
        pass
    found = {v.tag: (step, v) for step, v in written(tmp_path)}
    assert list(found) == ["loss", "sc/inner", "h", "same", "im", "t", "raw"]
    step, loss = found["loss"]
    assert step == 1 and loss.tensor.tensor_content == struct.pack("<f", 1.5)
    assert loss.metadata.plugin_data.plugin_name == "scalars" and loss.metadata.summary_description == "told"
    assert found["sc/inner"][0] == 7
    rows = np.frombuffer(found["h"][1].tensor.tensor_content).reshape(4, 3)
    np.testing.assert_array_equal(rows, [[1, 1.5, 1], [1.5, 2, 0], [2, 2.5, 1], [2.5, 3, 1]])
    rows = np.frombuffer(found["same"][1].tensor.tensor_content).reshape(3, 3)
    np.testing.assert_array_equal(rows, [[5, 5, 0], [5, 5, 0], [5, 5, 2]])
    assert list(found["im"][1].tensor.string_val)[:2] == [b"2", b"2"] and len(found["im"][1].tensor.string_val) == 3
    assert list(found["t"][1].tensor.string_val) == [b"hello"] and not found["raw"][1].HasField("metadata")


def test_a_function_writes_at_every_call(tmp_path, eager):
    writer = tf2.summary.create_file_writer(str(tmp_path))

    @tf2.function
    def step(x, at):
        with tf2.name_scope("part"):
            tf2.summary.scalar("x", x, step=at)
        return x

    with writer.as_default():
        for k in range(3):
            step(tf2.constant(k + 0.5), tf2.constant(k, tf2.int64))
    found = written(tmp_path)
    assert [(s, v.tag) for s, v in found] == [(0, "part/x"), (1, "part/x"), (2, "part/x")]
    assert struct.unpack("<f", found[2][1].tensor.tensor_content) == (2.5,)


def test_event_bytes_and_protos_go_in_as_they_are(tmp_path, graph):
    c = tf.contrib.summary
    event = tf.Event(wall_time=5.0, step=9, summary=tf.Summary(value=[tf.Summary.Value(tag="given", simple_value=4.0)]))
    writer = c.create_file_writer(str(tmp_path))
    with writer.as_default():
        assert c.flush().type == "FlushSummaryWriter"
        good, bad = c.import_event(event.SerializeToString()), c.import_event(b"\xff\xff")
    assert good.type == "ImportEvent"
    with tf.Session() as session:
        session.run(writer.init())
        session.run(good)
        with pytest.raises(tf.errors.InvalidArgumentError, match="2 bytes are no serialized Event"):
            session.run(bad)
    assert [(s, v.tag, v.simple_value) for s, v in written(tmp_path)] == [(9, "given", 4.0)]


def test_a_writer_of_a_store_is_refused(eager):
    with pytest.raises(NotImplementedError, match="local folders only"):
        tf2.summary.create_file_writer("memory://x/y")


def test_serialized_summaries_go_in(tmp_path, eager):
    made = tf.Summary(value=[tf.Summary.Value(tag="given", simple_value=4.0)])
    with tf2.summary.create_file_writer(str(tmp_path)).as_default():
        assert tf2.summary.experimental.write_raw_pb(made.SerializeToString(), step=2)  # the op WriteRawProtoSummary
    assert [(s, v.tag, v.simple_value) for s, v in written(tmp_path)] == [(2, "given", 4.0)]
