"""GraphDefs with control flow, recorded from TensorFlow: they import, run and give what TensorFlow gave."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORDED = {v: np.load(GOLDEN / f"control_graphs_tf{v}.npz") for v in (1, 2)}
ROWS = [(v, k.removesuffix("/graph")) for v, d in RECORDED.items() for k in d.files if k.endswith("/graph")]
REFUSED = {"while_gradient": "StackV2"}
COMPILED_LOOPS_KEEP_SHAPES = {"growing_shape"}


def load(version, name):
    data = RECORDED[version]
    return tf.GraphDef.FromString(data[name + "/graph"].tobytes()), json.loads(str(data[name + "/runs"]))


def execute(runs):
    with tf.Session() as session:
        for fetches, feeds, want in runs:
            names = [f.removeprefix("^") for f in fetches]
            if isinstance(want, str):
                with pytest.raises(getattr(tf.errors, want)):
                    session.run(names, feeds)
                continue
            for fetch, got, expected in zip(fetches, session.run(names, feeds), want, strict=True):
                if expected is None:
                    assert got is None
                    continue
                assert got.dtype.name == expected[0], fetch
                np.testing.assert_allclose(got, np.asarray(expected[1]), rtol=1e-5, atol=1e-5, err_msg=fetch)


@pytest.mark.parametrize("version, name", ROWS)
def test_a_recorded_graph_runs_as_in_tensorflow(version, name):
    graph_def, runs = load(version, name)
    with tf.Graph().as_default():
        if name in REFUSED:
            with pytest.raises(NotImplementedError, match=REFUSED[name]):
                tf.import_graph_def(graph_def, name="")
            return
        tf.import_graph_def(graph_def, name="")
        if name in COMPILED_LOOPS_KEEP_SHAPES:
            with pytest.raises(tf.errors.InvalidArgumentError, match="keeps shapes"):
                execute(runs)
            return
        execute(runs)
