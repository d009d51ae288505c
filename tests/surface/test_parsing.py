"""`tf.parse_example` (ops ParseExample, ParseSingleExample): values, names and errors as TensorFlow 1.15 gives them."""

import copy
import json
import pathlib
import pickle
import sys

import numpy as np
import pytest

import mainstem.v1
from mainstem.base import dtypes, errors
from mainstem.formats import protos
from mainstem.graph.graph import Graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.run.session import Session
from mainstem.surface import array, framework, parsing
from mainstem.surface import string as strings

F, V, S = parsing.FixedLenFeature, parsing.VarLenFeature, parsing.FixedLenSequenceFeature


def record(**features):
    example = protos.Example()
    for key, values in features.items():
        feature = example.features.feature[key]
        for v in values:
            field = {bytes: feature.bytes_list, float: feature.float_list, int: feature.int64_list}[type(v)]
            field.value.append(v)
    return example.SerializeToString()


A = record(x=[1.0, 2.0], y=[3], z=[b"q"])
B = record(x=[5.0, 6.0], z=[b"r", b"s"])


@pytest.fixture
def session():
    graph = Graph()
    with graph.as_default(), Session(graph=graph) as s:
        yield s


def test_single(session):
    out = parsing.parse_single_example_v1(A, {"x": F([2], dtypes.float32), "y": F([], dtypes.int64), "z": V(dtypes.string)})
    assert list(out) == ["x", "y", "z"] and out["x"].name.startswith("ParseSingleExample/ParseSingleExample:")
    assert out["x"].shape.as_list() == [2] and out["y"].shape.as_list() == [] and isinstance(out["z"], SparseTensor)
    got = session.run(out)
    assert got["x"].tolist() == [1, 2] and got["y"] == 3 and got["z"].values.tolist() == [b"q"]
    assert got["z"].indices.tolist() == [[0]] and got["z"].dense_shape.tolist() == [1]


def test_batch(session):
    lines = framework.placeholder(dtypes.string, [None])
    described = {"x": F([2], dtypes.float32), "y": F([], dtypes.int64, default_value=-1), "z": V(dtypes.string)}
    out = parsing.parse_example_v1(lines, described)
    assert out["x"].shape.as_list() == [None, 2]
    got = session.run(out, {lines: [A, B]})
    assert got["x"].tolist() == [[1, 2], [5, 6]] and got["y"].tolist() == [3, -1]
    assert got["z"].indices.tolist() == [[0, 0], [1, 0], [1, 1]] and got["z"].values.tolist() == [b"q", b"r", b"s"]
    assert got["z"].dense_shape.tolist() == [2, 2]


def test_rows_of_any_length(session):
    described = {"z": S([], dtypes.string, True, "?"), "x": S([2], dtypes.float32, True), "w": S([], dtypes.int64, True)}
    got = session.run(parsing.parse_example([A, B], described))
    assert got["z"].tolist() == [[b"q", b"?"], [b"r", b"s"]]
    assert got["x"].tolist() == [[[1, 2]], [[5, 6]]] and got["w"].shape == (2, 0)


def test_sparse_feature(session):
    one, two = record(i=[1, 3], v=[0.5, 1.5]), record(i=[0], v=[2.5])
    out = parsing.parse_example([one, two], {"s": parsing.SparseFeature("i", "v", dtypes.float32, 4)})
    got = session.run(out["s"])
    assert got.indices.tolist() == [[0, 1], [0, 3], [1, 0]] and got.dense_shape.tolist() == [2, 4]
    np.testing.assert_array_equal(got.values, [0.5, 1.5, 2.5])


RUN = [
    ({"y": F([], dtypes.int64)}, r"Feature: y \(data type: int64\) is required but could not be found"),
    ({"x": F([3], dtypes.float32)}, "Key: x"),
    ({"x": F([2], dtypes.int64)}, "Data types don't match. Data type: float but expected type: int64"),
]


@pytest.mark.parametrize(("described", "text"), RUN)
def test_records_that_do_not_fit(session, described, text):
    for out in (parsing.parse_single_example(B, described), parsing.parse_example([B], described)):
        with pytest.raises(errors.InvalidArgumentError, match=text):
            session.run(out)


def test_other_errors(session):
    with pytest.raises(errors.InvalidArgumentError, match="Could not parse example input"):
        session.run(parsing.parse_single_example(b"\xff\xff", {"x": F([2], dtypes.int64)}))
    for described, text in (
        ({}, "Missing: features"),
        ({"x": F([None], dtypes.float32)}, "unknown"),
        ({"x": 3}, "Invalid feature"),
        ({"x": S([], dtypes.float32)}, "allow_missing"),
    ):
        with pytest.raises(ValueError, match=text):
            parsing.parse_example([A], described)


HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import parsing_rows  # noqa: E402

sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE.parent / "golden" / "parsing.json").read_text())["1"]
OWN_WORDS = {  # TensorFlow names less here, or falls
    "garbage": "Could not parse example input",
    "seq_garbage": "Could not parse example input",
    "single_garbage": "Could not parse example input",
    "json_garbage": "Error while parsing JSON",
    "seqs_kind": "Name: <unknown>, Feature list: a, Index: 0.  Data types don't match.",
    "seqs_kind_varlen": "Name: <unknown>, Feature list: b, Index: 0.  Data types don't match.",
    "seqs_kind_context": "Name: <unknown>, Context feature: c.  Data types don't match.",
    "seqs_missing_context": "Name: <unknown>, Context feature 'c' is required but could not be found.",
    "seqs_missing_list": "Name: <unknown>, Feature list 'a' is required but could not be found.",
    "seqs_size": "Name: <unknown>, Key: a, Index: 0.  Number of float values != expected.",
}


@pytest.mark.parametrize("row", parsing_rows.ROWS)
def test_programs(row):
    """Values, names, static shapes and errors of TensorFlow 1.15."""
    found, told = parsing_rows.outcome(mainstem.v1, row), GOLDEN[row]
    if row == "json":  # the same message; TensorFlow's JSON parser leaves its numbers unpacked
        assert protos.Example.FromString(found[1][2][0].encode("latin1")).features.feature["a"].int64_list.value == [1, 2]
    elif row in OWN_WORDS:
        assert found[:2] == ["error", "InvalidArgumentError"] and OWN_WORDS[row] in found[2]
    elif told[0] == "error":
        assert found[:2] == told[:2]
        words = told[2].split("  Feature is: ")[0].removesuffix(".")
        assert words.lower() in found[2].lower(), (words, found[2])
    else:
        if row.startswith("sparse_"):  # the static size of a merged dimension is not followed
            found, told = found[:2], told[:2]
        assert json.loads(json.dumps(found)) == told


@pytest.mark.usefixtures("eager_mode")
def test_strings_in_eager_mode_are_made_when_somebody_asks():
    """A tensor of parsed strings has its shape at once, and its bytes for whoever takes them: NumPy, an op, Python."""
    records = [record(name=[b"n%d" % i], n=[i]) for i in range(40)]
    wanted = [b"n%d" % i for i in range(40)]
    for use in (
        lambda t: t.numpy().tolist(),
        lambda t: [v.numpy() for v in t],
        lambda t: strings.reduce_join(array.reshape(t, [40, 1]), 1).numpy().tolist(),
        lambda t: np.asarray(copy.copy(t)).tolist(),
        lambda t: pickle.loads(pickle.dumps(t)).numpy().tolist(),
        lambda t: array.reshape(t, [4, 10]).numpy().reshape(-1).tolist(),
    ):
        for parse in (parsing.parse_example, parsing.parse_example_v1):
            made = parse(records, {"name": F([], dtypes.string), "n": F([], dtypes.int64)})
            name = made["name"]
            assert name.shape == (40,) and name.dtype is dtypes.string and "_value" not in vars(name)
            assert use(name) == wanted and not hasattr(name, "no_such_name")
            assert made["n"].numpy().tolist() == list(range(40))
