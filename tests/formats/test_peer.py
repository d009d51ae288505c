"""The real TensorFlow reads what we write. Needs MAINSTEM_TF1_PYTHON and MAINSTEM_TF2_PYTHON (interpreter paths)."""

import os
import subprocess

import numpy as np
import pytest

from mainstem.base import dtypes
from mainstem.formats import bundle, checkpoint_state, events, graphdef, protos, tensor_proto, tfrecord

_READ = """
import os, sys
import numpy as np, tensorflow as tf
d = sys.argv[1]
r = tf.train.load_checkpoint(d)
want = dict(np.load(d + "/want.npz"))
assert set(r.get_variable_to_shape_map()) == set(want) | {"bf16", "s"}, r.get_variable_to_shape_map()
for k, v in want.items():
    got = r.get_tensor(k)
    assert got.dtype == v.dtype and got.shape == v.shape and (got == v).all(), k
assert r.get_tensor("bf16").astype(np.float32).tolist() == [1, 2]
assert r.get_tensor("s").tolist() == [b"a", b"", b"x" * 500]
for k in ("", "GZIP", "ZLIB"):
    path = d + "/r" + k
    options = tf.io.TFRecordOptions(compression_type=k)
    got = list(tf.compat.v1.io.tf_record_iterator(path, options))
    assert got == [b"a", b"", b"z" * 1000], got
assert tf.train.Example.FromString(got[0] * 0).ByteSize() == 0
(path,) = [os.path.join(d, f) for f in os.listdir(d) if "tfevents" in f]
found = list(tf.compat.v1.train.summary_iterator(path))
assert found[0].file_version == "brain.Event:2" and found[1].step == 7
g = tf.compat.v1.GraphDef.FromString(open(d + "/g.pb", "rb").read())
with tf.Graph().as_default():
    (y,) = tf.import_graph_def(g, return_elements=["y:0"])
    with tf.compat.v1.Session() as s:
        assert s.run(y).tolist() == [[1.0, 2.0]]
print("peer is content")
"""


@pytest.mark.peer
@pytest.mark.parametrize("variable", ["MAINSTEM_TF1_PYTHON", "MAINSTEM_TF2_PYTHON"])
def test_tensorflow_reads_our_files(tmp_path, variable):
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} is not set")
    prefix = tmp_path / "m-1"
    want = {d: np.arange(6).reshape(2, 3).astype(d) for d in "f4 f8 i4 u1 i2 i1 c8 i8 ? u2 c16 f2 u4 u8".split()}  # noqa: SIM905
    want |= {"scalar": np.float32(3), "empty": np.zeros((0, 3)), "big": np.random.default_rng(0).random(3_000_000)}
    with bundle.BundleWriter(tmp_path / "a") as w:
        for name, value in want.items():
            w.add(name, value)
        w.add_slice("part", (5, 2), (0, 0), (3, 2), np.ones((3, 2)))
    with bundle.BundleWriter(tmp_path / "b") as w:
        w.add("bf16", np.array([1, 2], dtypes.bfloat16.np))
        w.add("s", np.array([b"a", b"", b"x" * 500], object))
        w.add_slice("part", (5, 2), (3, 0), (2, 2), np.ones((2, 2)))
    bundle.merge_bundles([tmp_path / "a", tmp_path / "b"], prefix)
    np.savez(tmp_path / "want.npz", part=np.ones((5, 2)), **want)
    checkpoint_state.write(tmp_path, checkpoint_state.make(tmp_path, prefix))
    for kind in ("", "GZIP", "ZLIB"):
        with tfrecord.RecordWriter(tmp_path / f"r{kind}", kind) as w:
            for r in (b"a", b"", b"z" * 1000):
                w.write(r)
    with events.EventFileWriter(tmp_path) as w:
        w.write_event(protos.Event(step=7, wall_time=1))
    graph = protos.GraphDef()
    node = graph.node.add(name="y", op="Const")
    graphdef.attr_to_proto(dtypes.float32, "type", node.attr["dtype"])
    node.attr["value"].tensor.CopyFrom(tensor_proto.to_proto(np.float32([[1, 2]])))
    graphdef.write_graph_def(graph, tmp_path / "g.pb")
    env = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    env.pop("PYTHONPATH", None)
    done = subprocess.run([python, "-c", _READ, str(tmp_path)], capture_output=True, text=True, env=env)
    assert "peer is content" in done.stdout, done.stderr[-3000:]
