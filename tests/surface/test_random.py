"""`tf.random` functions in graph mode: nodes, names, seeds and two runs as TensorFlow 1.15 gives them."""

import json
import pathlib

import numpy as np
import pytest

from mainstem.base import dtypes
from mainstem.grad.gradients import gradients
from mainstem.graph.graph import Graph
from mainstem.run.session import Session
from mainstem.surface import framework
from mainstem.surface import random as surface

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "random_names.json").read_text())
V1 = {"random_poisson": "random_poisson_v1"}


def call(case):
    name = case["call"].split(".")[-1]
    return getattr(surface, V1.get(name, name))(**case["arguments"])


def node(op, recorded):
    attrs = [op.get_attr(k) if want is not None else None for k, want in zip(("seed", "seed2"), recorded[3:])]
    return [op.name, op.type, [i.name for i in op.inputs], *attrs]


@pytest.mark.parametrize("case", GOLDEN["calls"], ids=lambda c: c["call"])
def test_nodes_and_values(case):
    with Graph().as_default() as graph:
        surface.set_random_seed(42)
        result = call(case)
        mine = graph.get_operations()
        assert [o.name for o in mine] == [n[0] for n in case["nodes"]]
        assert [node(o, n) for o, n in zip(mine, case["nodes"])] == case["nodes"]
        assert result.name == case["result"] and result.shape.as_list() == case["shape"]
        with Session(graph=graph) as session:
            for want in case["runs"]:
                np.testing.assert_allclose(session.run(result), want, rtol=2e-6)


def test_new_session_restarts_and_unseeded_ops_differ():
    with Graph().as_default() as graph:
        free = surface.random_uniform([8])
        surface.set_random_seed(42)
        seeded = surface.random_uniform([2], seed=7)
        with Session(graph=graph) as one, Session(graph=graph) as two:
            first, other = one.run([seeded, free]), two.run([seeded, free])
        np.testing.assert_array_equal(first[0], other[0])
        np.testing.assert_allclose(first[0], [0.8627677, 0.6567626], rtol=1e-6)
        assert not np.array_equal(first[1], other[1])


def test_shape_from_a_fed_tensor():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        x = framework.placeholder(dtypes.int32, [2])
        y = surface.truncated_normal(x, seed=7)
        assert y.shape.as_list() == [None, None]
        want = [-0.0469457, -1.2039024, 1.1668352, 1.1706204]
        np.testing.assert_allclose(session.run(y, {x: [2, 2]}).reshape(-1), want, rtol=1e-5)


def test_build_errors():
    with Graph().as_default():
        with pytest.raises(ValueError, match="Must specify maxval"):
            surface.random_uniform([2], dtype=dtypes.int32)
        with pytest.raises(ValueError, match="Invalid dtype"):
            surface.random_uniform([2], dtype=dtypes.complex64)
        with pytest.raises(NotImplementedError, match="threefry"):
            surface.stateless_uniform([2], [1, 2], alg="threefry")


def test_candidate_samplers_share_the_shapes_of_their_inputs():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        true = framework.constant_v1([[1], [4]], dtype=dtypes.int64)
        sampled, of_true, of_sampled = surface.log_uniform_candidate_sampler(true, 1, 64, True, 5000, seed=3)
        assert (sampled.shape.as_list(), of_true.shape.as_list(), of_sampled.shape.as_list()) == ([64], [2, 1], [64])
        classes, expected, _ = session.run([sampled, of_true, of_sampled])
        assert len(set(classes.tolist())) == 64 and classes.min() >= 0 and classes.max() < 5000
        assert np.all((expected > 0) & (expected <= 1))


def test_stateless_gamma_and_poisson():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        draws = session.run(surface.stateless_gamma([5000, 2], [1, 2], [2.0, 8.0], beta=4.0))
        np.testing.assert_allclose(draws.mean(0), [0.5, 2.0], rtol=0.05)
        draws = session.run(surface.stateless_poisson([5000, 2], [1, 2], [2.0, 80.0]))
        np.testing.assert_allclose(draws.mean(0), [2.0, 80.0], rtol=0.05)
        seeds = session.run(surface.split([1, 2], 3))
        assert seeds.shape == (3, 2) and len(set(seeds.reshape(-1).tolist())) == 6
        assert session.run(surface.fold_in([1, 2], 9)).tolist()[1] == 9


def test_gamma_gradient_by_alpha():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        alpha = framework.constant_v1([0.5, 3.0])
        mean = gradients(surface.random_gamma([4000], alpha, seed=3), [alpha])[0]
        # the mean of Gamma(alpha, 1) is alpha, so the mean derivative of the samples is 1
        np.testing.assert_allclose(session.run(mean) / 4000, [1.0, 1.0], rtol=0.06)


def test_behind_the_doorway_of_tensorflow_2_random_ops_of_a_graph_are_counted(monkeypatch):
    monkeypatch.setattr(Graph, "counts_seeds", True)
    with Graph().as_default():
        surface.set_random_seed(42)
        first, second = surface.random_uniform([2]), surface.random_uniform([2])
        with Session() as session:
            np.testing.assert_allclose(session.run(first), [0.8354591, 0.9162973], rtol=1e-6)
            np.testing.assert_allclose(session.run(second), [0.1501285, 0.6399254], rtol=1e-6)
