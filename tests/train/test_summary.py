"""Summaries and event files against runs of TensorFlow 1.15 (`tests/golden/record_summary.py`)."""

import base64
import io
import json
import os
import pathlib
import subprocess
import sys
import threading
import warnings
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base import dtypes, errors
from mainstem.formats import protos
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import summary as kernels
from mainstem.run.session import Session
from mainstem.surface import framework
from mainstem.surface.framework import constant_v1, name_scope
from mainstem.train import summary
from mainstem.train.writer import FileWriter, FileWriterCache, summary_iterator
from tests.train import summary_programs as programs

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "summary.json").read_text())

tf = SimpleNamespace(
    Graph=Graph,
    GraphKeys=GraphKeys,
    Session=Session,
    constant=constant_v1,
    get_collection=lambda key: get_default_graph().get_collection(key),
    name_scope=name_scope,
    summary=SimpleNamespace(**vars(summary), FileWriter=FileWriter),
)


def same(ours, golden, what):
    """Asserts equal bytes of two Summaries; shows the messages where they differ."""
    for (name, *rest, data), (name_there, *rest_there, data_there) in zip(ours, golden, strict=True):
        assert (name, rest) == (name_there, rest_there), what
        a, b = base64.b64decode(data), base64.b64decode(data_there)
        assert a == b, f"{what}: {name}\n{protos.Summary.FromString(a)}\nTensorFlow gives\n{protos.Summary.FromString(b)}"


def test_tags_and_nodes_are_called_as_in_tensorflow():
    same(programs.names(tf), GOLDEN["names"], "names")


def test_names_that_cannot_be_are_refused_as_in_tensorflow():
    assert programs.bad_names(tf) == GOLDEN["bad_names"]


def test_kinds_give_tensorflows_bytes_and_collections():
    same(programs.kinds(tf), GOLDEN["kinds"], "kinds")


def test_images_have_tensorflows_pixels():
    ours = programs.images(tf, protos.Summary.FromString, lambda data: PIL.Image.open(io.BytesIO(data)))
    for (pixels, most), found, golden in zip(programs.pictures(), ours, GOLDEN["images"], strict=True):
        assert found == golden, (pixels, most)


def test_text_wants_strings():
    with pytest.raises(ValueError, match="string"):
        summary.text("t", constant_v1(1))


def test_images_name_a_bad_count():
    with pytest.raises(ValueError, match="max_images.*minimum 1"):
        summary.image("i", np.zeros((1, 2, 2, 1), np.float32), max_outputs=0)


def test_merging_nothing_is_refused():
    with pytest.raises(ValueError, match="minimum length 1"):
        summary.merge([])


@pytest.mark.parametrize(("value", "word"), [(np.nan, "Nan"), (np.inf, "Infinity")])
def test_a_histogram_of_no_number_names_its_op(value, word):
    made = summary.histogram("weights", np.float32([1, value]))
    with Session() as sess, pytest.raises(errors.InvalidArgumentError, match=f"{word} in summary histogram for: weights"):
        sess.run(made)


def test_description_of_a_tensor_summary_node():
    node = protos.NodeDef(op="TensorSummary")
    node.attr["description"].s = b'{"typeHint": "a hint"}'
    assert summary.get_summary_description(node).type_hint == "a hint"
    node.attr["description"].s = b'{"displayName": "x"}'
    with pytest.raises(ValueError, match="displayName"):
        summary.get_summary_description(node)
    with pytest.raises(ValueError, match="ScalarSummary"):
        summary.get_summary_description(protos.NodeDef(op="ScalarSummary"))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), max_size=40))
@settings(max_examples=60, deadline=None)
def test_histograms_hold_every_value_once(values):
    """The definition: a value belongs to the first bucket whose limit is greater (the largest double to the last)."""
    found = kernels.histogram(np.array(values))
    limits, counts = list(found.bucket_limit), list(found.bucket)
    assert limits == sorted(set(limits)) and set(limits) <= set(kernels.LIMITS.tolist()) and limits[-1] == kernels.LIMITS[-1]
    assert sum(counts) == found.num == len(values)
    for i, limit in enumerate(limits):
        low = limits[i - 1] if i else -np.inf
        last = i == len(limits) - 1
        assert counts[i] == sum(low <= v and (v < limit or last) for v in values)
    if values:
        assert (found.min, found.max) == (min(values), max(values))


# ---- the writer


def read(directory):
    """The events of the one file in a directory."""
    (name,) = os.listdir(directory)
    return list(summary_iterator(os.path.join(directory, name)))


def test_events_are_tensorflows(tmp_path):
    programs.events(tf, str(tmp_path), protos.RunMetadata())
    golden = [protos.Event.FromString(base64.b64decode(e)) for e in GOLDEN["events"]]
    ours = read(tmp_path)
    assert len(ours) == len(golden)
    for event, expected in zip(ours, golden, strict=True):
        assert event.wall_time > 1e9
        event.wall_time = 1.0
        if event.meta_graph_def:
            nodes = protos.MetaGraphDef.FromString(event.meta_graph_def).graph_def.node
            event.meta_graph_def = b"nodes: %d" % len(nodes)
        if event.graph_def:
            a, b = (protos.GraphDef.FromString(e.graph_def) for e in (event, expected))
            assert list(a.node) == list(b.node)
        else:
            assert event.SerializeToString() == expected.SerializeToString()


def scalar(value=1.0, tag="s"):
    return protos.Summary(value=[protos.Summary.Value(tag=tag, simple_value=value)])


def test_a_message_given_is_not_changed(tmp_path):
    given_ = scalar()
    given_.value[0].metadata.display_name = "x"
    before = given_.SerializeToString()
    with FileWriter(tmp_path) as writer:
        writer.add_summary(given_, 1)
        writer.add_summary(given_, 2)
    assert given_.SerializeToString() == before
    assert [e.summary.value[0].HasField("metadata") for e in read(tmp_path)[1:]] == [True, False]


def test_no_file_before_the_first_event(tmp_path):
    with FileWriter(tmp_path / "a" / "b") as writer:
        assert writer.get_logdir() == str(tmp_path / "a" / "b") and os.listdir(tmp_path / "a" / "b") == []
        writer.add_summary(scalar())
        assert len(os.listdir(tmp_path / "a" / "b")) == 1


def test_writers_of_one_directory_have_their_own_files(tmp_path):
    writers = [FileWriter(tmp_path) for _ in range(4)]
    for i, writer in enumerate(writers):
        writer.add_summary(scalar(i), i)
    for writer in writers:
        writer.close()
    names = os.listdir(tmp_path)
    found = sorted(e.step for n in names for e in summary_iterator(tmp_path / n) if e.HasField("summary"))
    assert len(names) == 4 and found == [0, 1, 2, 3]


def test_a_closed_writer_warns_and_a_reopened_one_goes_on_elsewhere(tmp_path):
    writer = FileWriter(tmp_path)
    writer.add_summary(scalar(), 1)
    writer.close()
    writer.close()
    with pytest.warns(UserWarning, match="closed FileWriter"):
        writer.add_summary(scalar(), 2)
    writer.reopen()
    writer.add_summary(scalar(), 3)
    writer.close()
    names = os.listdir(tmp_path)
    steps = sorted(e.step for n in names for e in summary_iterator(tmp_path / n) if e.HasField("summary"))
    assert len(names) == 2 and steps == [1, 3]


def test_what_cannot_be_written_is_refused(tmp_path):
    writer = FileWriter(tmp_path)
    with pytest.raises(TypeError, match="sess.run"):
        writer.add_summary(summary.scalar("s", 1.0))
    with pytest.raises(TypeError, match="sess.run"):
        writer.add_summary([b""])
    with pytest.raises(TypeError, match="Summary"):
        writer.add_summary("text")
    with pytest.raises(TypeError, match="global_step"):
        writer.add_summary(scalar(), constant_v1(1))
    with pytest.raises(TypeError, match="Event"):
        writer.add_event("x")
    with pytest.raises(TypeError, match="Graph"):
        writer.add_graph(None)
    with pytest.raises(TypeError, match="Graph"):
        writer.add_graph(3)
    with pytest.raises(ValueError, match="not both"):
        writer.add_graph(Graph(), graph_def=protos.GraphDef())
    with pytest.raises(TypeError, match="MetaGraphDef"):
        writer.add_meta_graph(protos.GraphDef())
    with pytest.raises(NotImplementedError, match="gs"):
        FileWriter("gs://bucket/logs")
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.OpError):
        FileWriter(tmp_path / "file" / "logs")
    assert os.listdir(tmp_path) == ["file"]


def test_the_cache_gives_one_writer_a_directory(tmp_path):
    one = FileWriterCache.get(str(tmp_path))
    assert FileWriterCache.get(str(tmp_path)) is one
    FileWriterCache.clear()
    assert FileWriterCache.get(str(tmp_path)) is not one
    FileWriterCache.clear()
    with warnings.catch_warnings(), pytest.warns(UserWarning):
        one.flush()


def test_threads_share_a_writer(tmp_path):
    with FileWriter(tmp_path) as writer:
        threads = [
            threading.Thread(target=lambda k=k: [writer.add_summary(scalar(tag=f"t{k}"), i) for i in range(200)])
            for k in range(4)
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    found = [(e.summary.value[0].tag, e.step) for e in read(tmp_path)[1:]]
    assert sorted(found) == sorted((f"t{k}", i) for k in range(4) for i in range(200))


_KILLED = """
import os, signal, sys
from mainstem.formats import protos
from mainstem.train.writer import FileWriter
writer = FileWriter(sys.argv[1])
for i in range(50):
    writer.add_summary(protos.Summary(value=[protos.Summary.Value(tag="s", simple_value=i)]), i)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_event_is_lost_by_a_kill(tmp_path):
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], timeout=60)
    assert done.returncode == -9
    assert [e.step for e in read(tmp_path)[1:]] == list(range(50))


_FULL = """
import resource, sys
from mainstem.formats import protos
from mainstem.train.writer import FileWriter
writer = FileWriter(sys.argv[1])
limits, failed = resource.getrlimit(resource.RLIMIT_FSIZE), None
for i in range(200):
    if i == 50:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2999, limits[1]))
    if i == 150:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    try:
        writer.add_summary(protos.Summary(value=[protos.Summary.Value(tag="s", simple_value=i)]), i)
    except OSError as e:
        failed = failed or (i, e.filename)
print(failed)
"""


def test_a_full_disk_is_reported_and_leaves_no_hole(tmp_path):
    done = subprocess.run([sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, text=True, timeout=60)
    first, path = eval(done.stdout)
    assert 50 <= first < 150 and path.startswith(str(tmp_path))
    assert [e.step for e in read(tmp_path)[1:]] == list(range(200))


def test_a_summary_in_a_training_graph(tmp_path):
    """Numbers that the device computes arrive in the file, in one run with the step that makes them."""
    x = framework.placeholder(dtypes.float32, [None], name="x")
    summary.scalar("first", x[0])
    summary.histogram("all", x)
    merged = summary.merge_all()
    with Session() as sess, FileWriter(tmp_path, sess.graph) as writer:
        for step in range(3):
            writer.add_summary(sess.run(merged, {x: [step, 1.0]}), step)
    found = [e for e in read(tmp_path) if e.HasField("summary")]
    assert [e.summary.value[0].simple_value for e in found] == [0.0, 1.0, 2.0]
    assert all(e.summary.value[1].histo.num == 2 for e in found)


_READ = """
import os, sys
import numpy as np, tensorflow as tf
v1 = tf.compat.v1
(name,) = os.listdir(sys.argv[1])
found = list(v1.train.summary_iterator(os.path.join(sys.argv[1], name)))
assert found[0].file_version == "brain.Event:2"
graph = v1.GraphDef.FromString(found[1].graph_def)
with tf.Graph().as_default():
    (again,) = tf.import_graph_def(graph, return_elements=["Merge/MergeSummary:0"], name="")
    with v1.Session() as sess:
        data = sess.run(again, {"x:0": np.float32([[[[1.0]]]])})
meta = v1.MetaGraphDef.FromString(found[2].meta_graph_def)
assert len(meta.graph_def.node) == len(graph.node)
values = {v.tag: v for v in found[3].summary.value}
assert found[3].step == 5 and set(values) == {"s", "h", "i/image", "t", "a/audio"}, values
assert values["s"].simple_value == 1 and values["h"].histo.num == 1
assert v1.Summary.FromString(data).value[1] == values["h"]
assert values["t"].metadata.plugin_data.plugin_name == "text" and values["t"].tensor.string_val[0] == b"hello"
with v1.Session(graph=tf.Graph()) as sess:
    assert sess.run(tf.image.decode_png(values["i/image"].image.encoded_image_string)).tolist() == [[[255]]]
    sound, rate = sess.run(list(tf.audio.decode_wav(values["a/audio"].audio.encoded_audio_string)))
    assert rate == 8000 and sound.shape == (2, 1)
assert found[4].tagged_run_metadata.tag == "run" and found[5].session_log.status == v1.SessionLog.START
print("peer is content")
"""


@pytest.mark.peer
@pytest.mark.parametrize("variable", ["MAINSTEM_TF1_PYTHON", "MAINSTEM_TF2_PYTHON"])
def test_tensorflow_reads_our_event_files(tmp_path, variable):
    """It also runs the graph of summary ops in there, and its op gives our histogram."""
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} is not set")
    x = framework.placeholder(dtypes.float32, [1, 1, 1, 1], name="x")
    summary.scalar("s", x[0, 0, 0, 0])
    summary.histogram("h", x)
    summary.image("i", x, max_outputs=1)
    summary.text("t", constant_v1("hello"))
    summary.audio("a", constant_v1(np.float32([[0.5, -0.5]])), 8000.0, max_outputs=1)
    merged = summary.merge_all()
    with Session() as sess, FileWriter(tmp_path, sess.graph) as writer:
        writer.add_summary(sess.run(merged, {x: np.ones((1, 1, 1, 1), np.float32)}), 5)
        writer.add_run_metadata(protos.RunMetadata(), "run")
        writer.add_session_log(protos.SessionLog(status=protos.SessionLog.START))
    env = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    env.pop("PYTHONPATH", None)
    done = subprocess.run([python, "-c", _READ, str(tmp_path)], capture_output=True, text=True, env=env)
    assert "peer is content" in done.stdout, done.stderr[-3000:]
