"""Printing, assertions, callbacks and files through graph and session; texts as TensorFlow 1.15 writes them."""

import gc
import sys

import numpy as np
import pytest

from mainstem.base import dtypes, errors
from mainstem.graph.graph import Graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import math, show
from mainstem.run.session import Session
from mainstem.surface import framework, host


@pytest.fixture
def session():
    graph = Graph()
    with graph.as_default(), Session(graph=graph) as s:
        yield s


# Print, and its state over runs

FLAT = [
    (np.arange(10.0, dtype=np.float32), 3, "0 1 2..."),
    (np.arange(10.0, dtype=np.float32), -1, "0 1 2 3 4 5 6 7 8 9"),
    (np.arange(6).reshape(2, 3), 3, "[0 1 2]..."),
    (np.arange(6).reshape(2, 3), 4, "[0 1 2][3...]..."),
    (np.arange(6).reshape(2, 3), -1, "[0 1 2][3 4 5]"),
    (np.arange(24).reshape(2, 3, 4), 3, "[[0 1 2...]]..."),
    (np.arange(24).reshape(2, 3, 4), 4, "[[0 1 2 3]]..."),
    (np.arange(8).reshape(2, 2, 2), -1, "[[0 1][2 3]][[4 5][6 7]]"),
    (np.array([[1, 2], [3, 4]]), 3, "[1 2][3...]..."),
    (np.float32(3.14159265), 3, "3.14159274"),
    (np.array([0.1, 1 / 3]), 3, "0.1 0.33333333333333331"),
    (np.array([1e-7, 1e20, np.nan, -np.inf], np.float32), 9, "1e-07 1e+20 nan -inf"),
    (np.array([True, False]), 3, "1 0"),
    (np.array([b"a", b"bc\n"], object), 3, "a bc\\n"),
    (np.array([1 + 2j]), 3, "?"),
    (np.zeros(0), 3, ""),
]


@pytest.mark.parametrize(("array", "limit", "text"), FLAT)
def test_flat(array, limit, text):
    assert show.flat(array, limit) == text


def test_print_passes_values_and_gradients_and_stops_after_first_n(session, capfd):
    x = framework.placeholder(dtypes.float32, [2])
    y = host.print_v1(x, [x, framework.constant("s")], "msg: ", first_n=2)
    assert y.op.type == "Print" and y.name == "Print:0" and y.shape.as_list() == [2]
    for i in range(3):
        assert session.run(y, {x: [i, 1]}).tolist() == [i, 1]
    assert capfd.readouterr().err == "msg: [0 1][s]\nmsg: [1 1][s]\n"


PRINTED = [
    ((np.arange(10.0, dtype=np.float32),), {}, "[0 1 2 ... 7 8 9]\n"),
    ((np.arange(10.0, dtype=np.float32),), {"summarize": -1}, "[0 1 2 3 4 5 6 7 8 9]\n"),
    ((np.arange(12).reshape(2, 6),), {"summarize": 1}, "[[0 ... 5]\n [6 ... 11]]\n"),
    ((np.array([b"a", b"bc"], object),), {}, '["a" "bc"]\n'),
    ((np.array(b"str", object),), {}, "str\n"),
    (("x:", np.array(b"str", object)), {}, 'x: "str"\n'),
    (("a", np.int32(1)), {"sep": "|", "end": "END"}, "a|1END"),
    (("n", {"b": [1, "q", None], "a": np.int32(3)}), {}, "n {'a': 3, 'b': [1, 'q', None]}\n"),
    (("{}", np.int32(3)), {}, "{} 3\n"),
]


@pytest.mark.parametrize(("items", "options", "text"), PRINTED)
def test_print_v2(session, capfd, items, options, text):
    def tensors(x):
        if isinstance(x, dict):
            return {k: tensors(v) for k, v in x.items()}
        return framework.constant(x) if isinstance(x, (np.ndarray, np.generic)) else x

    op = host.print_v2(*[tensors(i) for i in items], **options)
    assert op.type == "PrintV2"
    session.run(op)
    assert capfd.readouterr().err == text


def test_print_v2_of_a_sparse_tensor_and_to_files(session, capfd, tmp_path):
    session.run(host.print_v2(SparseTensor([[0, 0]], [1], [1, 2]), output_stream=sys.__stdout__))
    assert capfd.readouterr().out == "'SparseTensor(indices=[[0 0]], values=[1], shape=[1 2])'\n"
    op = host.print_v2("a", output_stream=f"file://{tmp_path}/log")
    session.run([op])
    session.run([op])
    assert (tmp_path / "log").read_text() == "a\na\n"
    with pytest.raises(ValueError, match="output_stream"):
        host.print_v2("a", output_stream="nowhere")


def test_assert(session):
    ok = framework.placeholder(dtypes.bool, [])
    op = host.assert_op(ok, ["bad", [1.0, 2, 3, 4]])
    assert (op.type, op.name) == ("Assert", "Assert/Assert")
    session.run(op, {ok: True})
    with pytest.raises(
        errors.InvalidArgumentError, match=r"^assertion failed: \[bad\] \[1 2 3\.\.\.\].*Assert/Assert.*test_host.py"
    ):
        session.run(op, {ok: False})


# callbacks


def test_py_func_values(session):
    seen = []

    def fn(*args):
        seen.extend(args)
        return args[0] + 1, "é"

    out = host.py_func(fn, [1.0, "q", ["r", "s"]], [dtypes.float32, dtypes.string])
    assert [o.shape.ndims for o in out] == [None, None] and out[0].op.type == "PyFunc"
    value, text = session.run(out)
    assert value == 2 and text == "é".encode()
    assert isinstance(seen[0], np.float32) and seen[1] == b"q" and seen[2].tolist() == [b"r", b"s"]
    one = host.py_func(lambda: np.arange(3), [], dtypes.int64, stateful=False)
    assert one.op.type == "PyFuncStateless" and session.run(math.add(one, 1)).tolist() == [1, 2, 3]
    done = host.py_func(lambda: seen.append("ran"), [], [])
    session.run(done)
    assert seen[-1] == "ran"


BROKEN = [
    (lambda: 1.5, errors.InvalidArgumentError, "0-th value returned by pyfunc_.* is float64, but expects float32"),
    (lambda: None, errors.InvalidArgumentError, "returns 0 values, but expects to see 1 values"),
    (lambda: [1.0, 2.0], errors.InvalidArgumentError, "returns 2 values, but expects to see 1 values"),
    (lambda: 1 / 0, errors.UnknownError, "ZeroDivisionError: division by zero"),
    (lambda: int("x"), errors.InvalidArgumentError, "ValueError: invalid literal"),
    (lambda: next(iter(())), errors.OutOfRangeError, "StopIteration"),
]


@pytest.mark.parametrize(("fn", "kind", "text"), BROKEN)
def test_py_func_errors(session, fn, kind, text):
    out = host.py_func(fn, [], dtypes.float32)
    with pytest.raises(kind, match=text):
        session.run(out)


def test_callbacks_live_as_long_as_their_graph():
    graph = Graph()
    with graph.as_default():
        out = host.py_func(lambda: np.float32(1), [], dtypes.float32)
        token = out.op.attrs["token"]
        gc.collect()
        with Session(graph=graph) as s:
            assert s.run(out) == 1
    del graph, out, s
    gc.collect()
    assert token not in host.host._CALLBACKS


# files, clock


def test_files(session, tmp_path):
    path = tmp_path / "new" / "file"
    write = host.write_file(str(path), "content")
    session.run(write)
    assert path.read_bytes() == b"content" and [p.name for p in path.parent.iterdir()] == ["file"]
    read = host.read_file(str(path))
    assert (read.op.type, read.shape.as_list()) == ("ReadFile", []) and session.run(read) == b"content"
    (tmp_path / "new" / "gile").touch()
    assert session.run(host.matching_files(f"{tmp_path}/new/*")).tolist() == [
        str(path).encode(),
        f"{tmp_path}/new/gile".encode(),
    ]
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        session.run(host.read_file(f"{tmp_path}/none"))
    with pytest.raises(errors.FailedPreconditionError):
        session.run(host.read_file(str(tmp_path)))
    with pytest.raises((errors.FailedPreconditionError, errors.UnknownError)):
        session.run(host.write_file(f"{path}/below a file", ""))
    first, second = session.run(
        [host.timestamp(), host.timestamp()]
    )  # ops PrintV2, PyFunc, WriteFile, MatchingFiles, Timestamp
    assert abs(first - second) < 10


def test_libraries_are_refused_by_name():
    with pytest.raises(NotImplementedError, match="word2vec_ops.so"):
        host.load_op_library("word2vec_ops.so")
