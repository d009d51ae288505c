"""The real TensorFlow runs graphs that we export. Needs MAINSTEM_TF1_PYTHON and MAINSTEM_TF2_PYTHON (interpreter paths)."""

import itertools
import json
import os
import subprocess

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.cli import digits
from tests.run import graph_programs as programs

_RUN = """
import sys
import numpy as np, tensorflow as tf
tf1 = tf.compat.v1
d = sys.argv[1] + "/"
want = np.load(d + "want.npz")
frozen = tf1.GraphDef.FromString(open(d + "frozen.pb", "rb").read())
assert not [n.op for n in frozen.node if "Variable" in n.op]
with tf.Graph().as_default():
    tf.import_graph_def(frozen, name="")
    with tf1.Session() as s:
        got = s.run([n + ":0" for n in want["names"].tolist()], {"images:0": want["x"], "labels:0": want["y"]})
for name, value in zip(("probabilities", "loss", "accuracy"), got):
    np.testing.assert_allclose(value, want[name], rtol=1e-4, atol=1e-5, err_msg=name)
whole = tf1.GraphDef.FromString(open(d + "train.pb", "rb").read())
from google.protobuf import text_format
assert text_format.Parse(open(d + "train.pbtxt").read(), tf1.GraphDef()) == whole
with tf.Graph().as_default() as g:
    tf.import_graph_def(whole, name="")
    assert [o.name for o in g.get_operations()] == [n.name for n in whole.node]
    ops = [o for o in g.get_operations() if o.type.startswith("Variable")]
    assert len(ops) == 27, len(ops)
    pairs = [(o, [c for c in o.outputs[0].consumers() if c.type == "Assign"][0]) for o in ops]
    with tf1.Session() as s:
        for v, assign in pairs:
            s.run(assign.outputs[0].op, {assign.inputs[1]: want["v/" + v.name]})
        loss = s.run(want["names"].tolist()[1] + ":0", {"images:0": want["x"], "labels:0": want["y"]})
        np.testing.assert_allclose(loss, want["loss"], rtol=1e-4)
        assert s.run("Merge/MergeSummary:0", {"images:0": want["x"], "labels:0": want["y"]})
print("peer is content")
"""
_RUN_PROGRAMS = """
import json, sys
import numpy as np, tensorflow as tf
tf1 = tf.compat.v1
for path, (feeds, want) in json.load(open(sys.argv[1] + "/programs.json")).items():
    record = tf1.GraphDef.FromString(open(path, "rb").read())
    with tf.Graph().as_default() as g:
        tf.import_graph_def(record, name="")
        with tf1.Session() as s:
            got = s.run("result:0", {k: np.array(v) for k, v in feeds.items()})
    if got.dtype == object:
        assert [v.decode() for v in got] == want, path
    else:
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5, err_msg=path)
print("peer is content")
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The main job's network after three steps: its graph as text and binary, frozen, and what it gives."""
    directory = tmp_path_factory.mktemp("graphs")
    data = digits.load()[0]
    with tf.Graph().as_default(), tf.Session() as session:
        net = digits.build(1e-3, 100)
        session.run(tf.global_variables_initializer())
        for i in range(3):
            x, y = data.batch(i, 32, 0)
            session.run(net.train, {net.images: x, net.labels: y, net.keep_prob: 0.5})
        outputs = ["probabilities", net.loss.op.name, net.accuracy.op.name]
        tf.train.write_graph(session.graph, str(directory), "train.pbtxt")
        tf.train.write_graph(session.graph, str(directory), "train.pb", as_text=False)
        frozen = tf.graph_util.convert_variables_to_constants(session, session.graph.as_graph_def(), outputs)
        tf.train.write_graph(frozen, str(directory), "frozen.pb", as_text=False)
        want = dict(
            zip(("probabilities", "loss", "accuracy"), session.run([n + ":0" for n in outputs], {net.images: x, net.labels: y}))
        )
        values = session.run({"v/" + v.op.name: v for v in tf.global_variables()})
    np.savez(directory / "want.npz", x=x, y=y, names=outputs, **want, **values)
    return directory, frozen, x, want


@pytest.mark.peer
@pytest.mark.parametrize("variable", ["MAINSTEM_TF1_PYTHON", "MAINSTEM_TF2_PYTHON"])
def test_tensorflow_runs_the_exported_network(request, variable):
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} is not set")
    exported = request.getfixturevalue("exported")
    env = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([python, "-c", _RUN, str(exported[0])], capture_output=True, text=True, env=env)
    assert "peer is content" in done.stdout, done.stderr[-3000:]


@pytest.mark.peer
@pytest.mark.parametrize("variable", ["MAINSTEM_TF1_PYTHON", "MAINSTEM_TF2_PYTHON"])
def test_tensorflow_runs_frozen_programs(tmp_path, variable):
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} is not set")
    made = {}
    for program, resource in itertools.product(programs.FROZEN, (False, True)):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            feeds = program(tf, resource)
            session.run(tf.global_variables_initializer())
            want = session.run("result:0", feeds)
            frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["result"])
        path = tf.train.write_graph(frozen, str(tmp_path), f"{program.__name__}_{resource}.pb", as_text=False)
        texts = want.dtype == object
        made[path] = (
            {k: [b.decode() for b in v] if texts else v.tolist() for k, v in feeds.items()},
            [b.decode() for b in want] if texts else want.tolist(),
        )
    (tmp_path / "programs.json").write_text(json.dumps(made))
    env = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([python, "-c", _RUN_PROGRAMS, str(tmp_path)], capture_output=True, text=True, env=env)
    assert "peer is content" in done.stdout, done.stderr[-3000:]


def test_we_run_our_own_frozen_network(exported):
    _, frozen, x, want = exported
    (p,) = tf.import_graph_def(frozen, return_elements=["probabilities:0"], name="net")
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(p, {"net/images:0": x}), want["probabilities"], rtol=1e-5, atol=1e-6)
