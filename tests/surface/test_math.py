"""Surface functions of math, reduce, linalg, clip, check and the operators, against TensorFlow 1.15: nodes, values, exceptions."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.base import errors
from mainstem.graph.graph import Graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.run.session import Session
from mainstem.surface import array, check, clip, fourier, framework, linalg, math, operators, reduce, signal, sorting  # noqa: F401
from tests.golden import surface_math_rows as table
from tests.tolerance import assert_close

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "surface_math.json").read_text())
MODULES = (math, reduce, linalg, clip, check, fourier, signal, sorting, framework, array)
RENAMED = {"diag": linalg.matrix_diag, "diag_part": linalg.matrix_diag_part, "expm": linalg.matrix_exponential,
           "sqrtm": linalg.matrix_square_root, "lstsq": linalg.matrix_solve_ls}  # fmt: skip


class Names:
    """`tf.` of version 1, from the surface modules."""

    def __init__(self, first=None):
        self.first = first or {}

    def __getattr__(self, name):
        from_rows = {"linalg": RENAMED, "math": {}, "bitwise": {}, "spectral": {}, "signal": {}}
        if name in from_rows:
            return Names(from_rows[name])
        if name in self.first:
            return self.first[name]
        for module in MODULES:
            for candidate in (name + "_v1", name):
                if hasattr(module, candidate):
                    return getattr(module, candidate)
        dtype = getattr(framework.dtypes, name, None)
        if dtype is None:
            raise AttributeError(name)
        return dtype


def build(source):
    graph = Graph()
    with graph.as_default():
        feeds = {name: framework.placeholder(v.dtype, v.shape, name=name) for name, v in table.FEEDS.items()}
        return graph, feeds, eval(source, {"tf": Names(), "np": np}, dict(feeds))


def flatten(made):
    if isinstance(made, (list, tuple)):
        return [t for m in made for t in flatten(m)]
    if isinstance(made, SparseTensor):
        return [made.indices, made.values, made.dense_shape]
    return [] if made is None else [made]


def compare(source, graph, feeds, made):
    flat, expected = flatten(made), GOLDEN[source]["values"]
    assert len(flat) == len(expected)
    with Session(graph=graph) as sess:
        values = sess.run(flat, {feeds[k]: v for k, v in table.FEEDS.items()})
    for got, want in zip(values, expected, strict=True):
        if want is None:
            assert got is None
            continue
        got, value = np.asarray(got), want["value"]
        if want["dtype"].startswith("complex"):
            value = np.array(value[0]) + 1j * np.array(value[1])
        assert got.dtype.name == want["dtype"], f"{source}: dtype {got.dtype.name}, TensorFlow gives {want['dtype']}"
        assert_close(got, np.array(value, want["dtype"]).reshape(got.shape), want["dtype"], source, 5e-5)


@pytest.mark.parametrize("source", table.rows(table.NODES))
def test_nodes_and_values(source):
    graph, feeds, made = build(source)
    nodes = [[o.name, o.type] for o in graph.get_operations()[len(feeds) :]]
    assert nodes == GOLDEN[source]["nodes"]
    compare(source, graph, feeds, made)


@pytest.mark.parametrize("source", table.rows(table.VALUES_ONLY))
def test_values(source):
    compare(source, *build(source))


@pytest.mark.parametrize("source", [r for r in table.rows(table.RAISES) if r in GOLDEN])
def test_exceptions(source):
    with pytest.raises(Exception) as caught:  # noqa: B017 - the class is compared below
        build(source)
    assert GOLDEN[source]["error"] in [c.__name__ for c in type(caught.value).__mro__]


def test_expm_is_one_node():
    """TensorFlow removed the op MatrixExponential; here `expm` is one node of it, with the value that the row above checks."""
    graph, _, made = build("tf.linalg.expm(m)")
    assert made.op.type == "MatrixExponential" and made.shape == (3, 3)


def test_norm_of_nothing_to_clip_is_kept():
    graph = Graph()
    with graph.as_default():
        clipped, norm = clip.clip_by_global_norm([framework.constant_v1([0.0, 0.0]), None], 1.0)
        broken, _ = clip.clip_by_global_norm([framework.constant_v1([np.inf, 0.0])], 1.0)
        with Session() as sess:
            assert clipped[1] is None and sess.run([clipped[0], norm])[1] == 0.0
            assert np.isnan(sess.run(broken[0])).all()


def test_float_constants_take_the_tensors_dtype():
    with Graph().as_default():
        x = framework.placeholder("float64", [2])
        assert (x + 1).dtype.name == (2.5 * x).dtype.name == (1 / x).dtype.name == "float64"
        assert (x == x) is True and (x == framework.constant_v1(1.0)) is False
        assert len({x, x}) == 1


def test_check_numerics_of_the_whole_graph():
    with Graph().as_default():
        x = framework.placeholder("float32", [2], name="x")
        math.log(x, name="culprit")
        everything = check.add_check_numerics_ops()
        with Session() as sess:
            sess.run(everything, {x: [1.0, 2.0]})
            with pytest.raises(errors.InvalidArgumentError, match="culprit"):
                sess.run(everything, {x: [1.0, -2.0]})


def test_a_tensor_times_a_sparse_tensor_is_sparse():
    with Graph().as_default():
        s = SparseTensor([[0, 1], [1, 2]], framework.constant_v1([2.0, 3.0]), [2, 3])
        made = framework.constant_v1(np.arange(6, dtype=np.float32).reshape(2, 3)) * s
        with Session() as sess:
            assert isinstance(made, SparseTensor) and sess.run(made.values).tolist() == [2.0, 15.0]


def test_the_rank_of_a_reduced_variable_or_list_is_an_op_of_the_graph():
    v = tf.Variable([1.0, 2.0])
    before = len(tf.get_default_graph().get_operations())
    total = [tf.reduce_mean(v), tf.reduce_sum([1.0, 2.0]), tf.reduce_max(tf.constant(2.0))]
    names = [op.name for op in tf.get_default_graph().get_operations()[before:]]
    one = ["Rank", "range/start", "range/delta", "range", "Mean"]  # TensorFlow 1.15's nodes
    two = ["Rank_1/Const", "Rank_1", "range_1/start", "range_1/delta", "range_1", "Sum/input", "Sum"]
    assert names == [*one, *two, "Const", "Const_1", "Max"]
    assert [t.shape.as_list() for t in total] == [[], [], []]
