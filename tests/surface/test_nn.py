"""The functions of `tf.nn` against TensorFlow 1.15: names of the results, values, gradients, exceptions."""

import json
import pathlib
import zlib

import numpy as np
import pytest

from mainstem.base import dtypes
from mainstem.grad.gradients import gradients
from mainstem.graph.graph import Graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.run.session import Session
from mainstem.surface import array, conv, ctc, embedding, framework, loss, nn, norm, operators, pool
from tests.surface import nn_programs as programs
from tests.tolerance import assert_close

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "nn.json").read_text())
V1 = (nn, conv, pool, norm, loss, embedding, ctc)
assert operators


class _NN:
    def __getattr__(self, name):
        for wanted in (name + "_v1", name, name.removesuffix("_v2")):
            for module in V1:
                if hasattr(module, wanted):
                    return getattr(module, wanted)
        raise AttributeError(name)


class _Namespace:
    nn, SparseTensor, constant = _NN(), SparseTensor, staticmethod(framework.constant_v1)

    def __getattr__(self, name):
        return getattr(dtypes if hasattr(dtypes, name) else array, name)


tf = _Namespace()


def _feeder(name, feeds):
    rng = np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF)

    def x(shape, dtype="float32", low=-1.0, high=1.0):
        made = framework.placeholder(dtype, shape, name="x")
        feeds[made] = np.round(rng.uniform(low, high, shape), 2).astype(dtype)
        return made

    return x


def _dense(g):
    return framework.convert_to_tensor(g) if isinstance(g, IndexedSlices) else g


def _compare(got, item, what, gradient=False):
    kind, shape, flat = item
    assert got.dtype.name == kind, what
    expected = np.array(flat, kind).reshape(shape)
    if gradient:  # some are zero but for rounding: the gradient of a norm along the normalised vector
        np.testing.assert_allclose(got, expected, rtol=2e-5, atol=1e-6, err_msg=what)
    else:
        assert_close(got, expected, kind, what)


@pytest.mark.parametrize("name", sorted(programs.PROGRAMS))
def test_program(name):
    golden = GOLDEN["programs"][name]
    with Graph().as_default() as graph:
        feeds = {}
        outputs = list(programs.PROGRAMS[name](tf, _feeder(name, feeds)))
        for t, (_, (_, shape, _)) in zip(outputs, golden["outputs"], strict=True):
            assert t.shape.is_compatible_with(shape), t
        nodes = [o.name for o in graph.get_operations() if o.type not in ("Placeholder", "Const")]
        floats = [o for o in outputs if o.dtype.is_floating]
        grads = [_dense(g) for g in gradients(floats, list(feeds), grad_ys=floats)] if floats and feeds else []
        assert [g is None for g in grads] == [g is None for g in golden["grads"]]
        with Session(graph=graph) as session:
            values, slopes = session.run([outputs, [g for g in grads if g is not None]], feeds)
    for i, (v, (_, item)) in enumerate(zip(values, golden["outputs"], strict=True)):
        _compare(np.asarray(v), item, f"{name} output {i}")
    for i, (v, item) in enumerate(zip(slopes, [g for g in golden["grads"] if g is not None], strict=True)):
        _compare(np.asarray(v), item, f"{name} gradient {i}", gradient=True)
    if name not in programs.OTHER_NAMES:
        assert [t.name for t in outputs] == [n for n, _ in golden["outputs"]]
    if name not in programs.OTHER_NODES:
        assert nodes == golden["nodes"]


@pytest.mark.parametrize("name", sorted(programs.RAISES))
def test_raises(name):
    with Graph().as_default(), pytest.raises((ValueError, TypeError)) as caught:
        programs.RAISES[name](tf, _feeder(name, {}))
    assert caught.type.__name__ == GOLDEN["errors"][name]


@pytest.mark.parametrize("kind", ["int8", "int64", "float64"])
def test_labels_of_a_softmax_take_the_logits_dtype(kind):
    labels, logits = np.array([[1, 0, 0], [0, 1, 0]], kind), np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]], np.float32)
    made = loss.softmax_cross_entropy_with_logits_v1(labels=framework.constant(labels), logits=framework.constant(logits))
    expected = np.log(np.exp(logits).sum(1)) - (labels * logits).sum(1)
    with Session() as session:
        np.testing.assert_allclose(session.run(made), expected.astype(np.float32), rtol=1e-6)
