"""SparseTensor and `tf.sparse.*` through graph and session: feeding, fetching, names, static shapes, gradients."""

import numpy as np
import pytest

from mainstem.base import dtypes
from mainstem.grad.gradients import gradients
from mainstem.graph.graph import Graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.sparse_tensor import SparseTensor, SparseTensorValue
from mainstem.run.session import Session
from mainstem.surface import framework, sets, sparse, string


@pytest.fixture
def session():
    graph = Graph()
    with graph.as_default(), Session(graph=graph) as s:
        yield s


def made(values=(1.0, 2.0, 3.0), shape=(2, 3)):
    return SparseTensor([[0, 1], [1, 0], [1, 2]], framework.constant(np.array(values, np.float32)), list(shape))


DENSE = np.array([[0, 1, 0], [2, 0, 3]], np.float32)


def dense(session, sp):
    v = session.run(sp)
    assert isinstance(v, SparseTensorValue) and v.indices.dtype == np.int64
    out = np.zeros(v.dense_shape, v.values.dtype)
    out[tuple(v.indices.T)] = v.values
    return out


def test_nodes_of_a_sparse_tensor(session):
    s = made()
    assert s.indices.name == "SparseTensor/indices:0" and s.dense_shape.name == "SparseTensor/dense_shape:0"
    assert s.get_shape().as_list() == [2, 3] and s.dtype is dtypes.float32 and s.graph is session.graph
    np.testing.assert_array_equal(dense(session, s), DENSE)
    for indices, values in (([[0, 1, 2]], [1.0]), ([[0, 1]], [1.0, 2.0])):
        with pytest.raises(ValueError, match="not compatible"):
            SparseTensor(indices, values, [2, 2])
    with pytest.raises(TypeError, match="Neither a SparseTensor nor SparseTensorValue"):
        SparseTensor.from_value(3)
    again = SparseTensor.from_value(SparseTensorValue([[0, 0]], [1.5], [1, 1]))
    assert again.eval(session=session).values.tolist() == [1.5]


def test_placeholders_are_fed_whole(session):
    p = sparse.placeholder(dtypes.float32, [None, 3], name="sp")
    assert [t.name for t in (p.indices, p.values, p.dense_shape)] == ["sp/indices:0", "sp/values:0", "sp/shape:0"]
    assert p.indices.shape.as_list() == [None, 2] and sparse.placeholder(dtypes.int32, [2, 3]).get_shape().as_list() == [2, 3]
    out = sparse.matmul(p, np.ones((3, 2), np.float32))
    assert out.name == "SparseTensorDenseMatMul/SparseTensorDenseMatMul:0"
    value = SparseTensorValue(np.array([[0, 1], [1, 2]]), np.array([2, 5], np.float32), np.array([2, 3]))
    assert session.run(out, {p: value}).tolist() == [[2, 2], [5, 5]]
    assert session.run(out, {p: ([[2, 0]], [1.0], [4, 3])}).tolist() == [[0, 0], [0, 0], [1, 1], [0, 0]]
    with pytest.raises(TypeError, match="SparseTensorValue"):
        session.run(out, {p: 3})


def test_to_dense_and_back(session):
    out = sparse.to_dense(made())
    assert out.name == "SparseToDense:0" and out.shape.as_list() == [2, 3]
    np.testing.assert_array_equal(session.run(out), DENSE)
    assert session.run(sparse.to_dense(made(), default_value=9.0))[0].tolist() == [9, 1, 9]
    assert session.run(sparse.sparse_to_dense([1, 2], [4], [1.5, 2.5])).tolist() == [0, 1.5, 2.5, 0]
    np.testing.assert_array_equal(dense(session, sparse.from_dense(DENSE)), DENSE)
    words = sparse.to_dense(string.string_split(["a b", "c"]), default_value="?")
    assert session.run(words).tolist() == [[b"a", b"b"], [b"c", b"?"]]
    assert session.run(sparse.from_dense(np.array(["", "x"], object))).values.tolist() == [b"x"]


def test_one_hot_of_fed_labels(session):
    """The way programs of 2016 wrote one-hot labels."""
    labels = framework.placeholder(dtypes.int32, [3, 1])
    rows = np.arange(3, dtype=np.int32)[:, None]
    pairs = framework.convert_to_tensor(sparse.array.concat_v2([rows, labels], np.int32(1)))
    onehot = sparse.sparse_to_dense(pairs, [3, 4], 1.0, 0.0)
    assert session.run(onehot, {labels: [[1], [0], [3]]}).tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]


def test_arithmetic(session):
    s, other = made(), SparseTensor([[0, 1], [0, 2]], np.array([10, 20], np.float32), [2, 3])
    np.testing.assert_array_equal(dense(session, sparse.add(s, other)), DENSE + [[0, 10, 20], [0, 0, 0]])
    np.testing.assert_array_equal(session.run(sparse.add_v1(np.ones((2, 3), np.float32), s)), DENSE + 1)
    np.testing.assert_array_equal(dense(session, sparse.maximum(s, other)), np.maximum(DENSE, [[0, 10, 20], [0, 0, 0]]))
    np.testing.assert_array_equal(dense(session, s * np.full(3, 2, np.float32)), DENSE * 2)
    np.testing.assert_array_equal(dense(session, s / framework.constant(2.0)), DENSE / 2)
    assert session.run([sparse.reduce_sum_v1(s, 1), sparse.reduce_sum(s), sparse.reduce_max_v1(s, [0])])[0].tolist() == [1, 5]
    assert session.run(sparse.reduce_sum(s)) == 6
    np.testing.assert_array_equal(dense(session, sparse.reduce_sum_sparse(s, 1)), [1, 5])
    soft = dense(session, sparse.softmax(s))
    np.testing.assert_allclose(soft, [[0, 1, 0], [0.26894143, 0, 0.7310586]], rtol=1e-6)
    doubled = sparse.map_values(lambda x: framework.identity(x), s)
    assert doubled.indices is s.indices
    with pytest.raises(TypeError, match="At least one input should be SparseTensor"):
        sparse.add(1.0, 2.0)


def test_order_and_shape(session):
    s = made()
    np.testing.assert_array_equal(dense(session, sparse.transpose(s)), DENSE.T)
    assert sparse.transpose(s).get_shape().as_list() == [3, 2]
    np.testing.assert_array_equal(dense(session, sparse.reshape(s, [3, -1])), DENSE.reshape(3, 2))
    assert sparse.reshape(s, [3, -1]).get_shape().as_list() == [3, 2]
    np.testing.assert_array_equal(dense(session, sparse.concat(1, [s, s])), np.concatenate([DENSE, DENSE], 1))
    wide = made(shape=(2, 5))
    expanded = dense(session, sparse.concat_v1(0, [s, wide], expand_nonconcat_dim=True))
    assert expanded.shape == (4, 5) and expanded[3].tolist() == [2, 0, 3, 0, 0]
    parts = [dense(session, p) for p in sparse.split_v1(sp_input=s, num_split=2, axis=1)]
    np.testing.assert_array_equal(np.concatenate(parts, 1), DENSE)
    np.testing.assert_array_equal(dense(session, sparse.slice_(s, [0, 1], [2, 2])), DENSE[:, 1:])
    np.testing.assert_array_equal(dense(session, sparse.expand_dims(s, 1)), DENSE[:, None, :])
    np.testing.assert_array_equal(dense(session, sparse.expand_dims(s)), DENSE[..., None])
    np.testing.assert_array_equal(dense(session, sparse.eye(2, 3)), np.eye(2, 3))
    assert session.run(sparse.reset_shape(made(shape=(9, 9)))).dense_shape.tolist() == [2, 3]
    assert sparse.reset_shape(s, [5, 5]).get_shape().as_list() == [5, 5]
    with pytest.raises(ValueError, match=">= the existing"):
        sparse.reset_shape(s, [1, 5])
    kept = sparse.retain(s, [True, False, True])
    assert session.run(kept).values.tolist() == [1, 3]
    filled, empty = sparse.fill_empty_rows(SparseTensor([[1, 1]], [5.0], [3, 2]), 7.0)
    assert dense(session, filled).tolist() == [[7, 0], [0, 5], [7, 0]] and session.run(empty).tolist() == [True, False, True]
    slices = IndexedSlices(framework.constant([[1.0], [2.0], [3.0]]), framework.constant([4, 5, 6]))
    assert session.run(sparse.mask(slices, [5]).values).tolist() == [[1], [3]]


def test_ids(session):
    ids = SparseTensor([[0, 0], [1, 0], [1, 1]], np.array([2, 0, 3], np.int64), [2, 2])
    assert session.run(sparse.to_indicator(ids, 4)).tolist() == [[False, False, True, False], [True, False, False, True]]
    weights = SparseTensor([[0, 0], [1, 0], [1, 1]], [0.5, 1.5, 2.5], [2, 2])
    assert dense(session, sparse.merge(ids, weights, 4)).tolist() == [[0, 0, 0.5, 0], [1.5, 0, 0, 2.5]]


def test_gradients(session):
    s = made()
    b = framework.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    to_values, to_b = gradients(sparse.matmul(s, b), [s.values, b])
    assert session.run(to_values).tolist() == [5, 1, 9] and session.run(to_b).tolist() == [[2, 2], [1, 1], [3, 3]]
    (through_sum,) = gradients(sparse.reduce_sum(sparse.add(s, s)), [s.values])
    assert session.run(through_sum).tolist() == [2, 2, 2]
    empty = SparseTensor([[1, 1]], framework.constant([5.0]), [3, 2])
    default = framework.constant(7.0)
    filled, _ = sparse.fill_empty_rows(empty, default)
    found = gradients(filled.values, [empty.values, default])
    assert [np.asarray(v).tolist() for v in session.run(found)] == [[1], 2]
    (through_dense,) = gradients(sparse.to_dense(s), [s.values])
    assert session.run(through_dense).tolist() == [1, 1, 1]


def test_edit_distance_and_sets(session):
    guess = string.string_split(["a b c", "d"])
    truth = string.string_split(["a c", "d e"])
    assert session.run(sparse.edit_distance(guess, truth)).tolist() == [0.5, 0.5]
    both = [sets.union([[1, 2]], [[2, 3]]), sets.intersection([[1, 2]], [[2, 3]]), sets.difference([[1, 2]], [[2, 3]])]
    assert [session.run(s).values.tolist() for s in both] == [[1, 2, 3], [2], [1]]
    ids = SparseTensor([[0, 0], [0, 1], [1, 0]], np.array([2, 2, 3], np.int64), [2, 2])
    assert session.run(sets.size(ids)).tolist() == [1, 1]
    mixed = session.run(sets.difference(ids, np.array([[2], [9]], np.int64)))
    assert mixed.values.tolist() == [3]
    with pytest.raises(TypeError, match="Types don't match"):
        sets.union([[1]], [["a"]])
