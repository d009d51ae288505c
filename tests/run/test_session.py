"""Sessions: feeds, fetches, state, errors, threads, partial runs, step statistics."""

import collections
import threading
import warnings

import jax
import numpy as np
import pytest

from mainstem.base import errors
from mainstem.core.registry import lookup
from mainstem.formats import protos
from mainstem.graph.graph import Graph
from mainstem.lower.program import ENOUGH, DeviceSegment
from mainstem.ops import array, fill, host, math, matmul, reduce, state, string  # noqa: F401
from mainstem.run.session import InteractiveSession, Session
from mainstem.surface import framework as fw


def counter(start=0.0):
    v = lookup("VariableV2")(shape=[], dtype="float32", name="v")
    init = lookup("Assign")(v, start).op
    read = fw.identity(v, name="v/read")
    return v, init, read, lookup("AssignAdd")(v, 1.0)


def test_fetches_keep_their_structure():
    a, b = fw.constant_v1(1.0), fw.constant_v1([2, 3])
    op = fw.no_op()
    pair = collections.namedtuple("pair", "x y")
    s = Session()
    got = s.run({"a": a, "l": [b, op, (a, a)], "p": pair(a, b), "n": "Const:0"})
    assert got["a"] == 1.0 and isinstance(got["a"], np.float32)
    assert got["l"][0].tolist() == [2, 3] and got["l"][1] is None and got["l"][2] == (1.0, 1.0)
    assert type(got["p"]) is pair and got["p"].x == 1.0 and got["n"] == 1.0
    assert s.run([]) == []
    assert s.run(op) is None


def test_any_tensor_can_be_fed():
    c = fw.constant_v1(2.0)
    d = lookup("Mul")(c, c)
    e = lookup("AddV2")(d, c)
    s = Session()
    assert s.run(e) == 6 and s.run(e, {c: 3.0}) == 12 and s.run(e, {d: 10.0}) == 12 and s.run(d, {d: 5.0}) == 5
    v, init, read, add = counter()
    s.run(init)
    assert s.run(read, {v: 9.0}) == 9 and s.run(read) == 0, "feeding a variable changes readers, not the variable"


def test_fetched_arrays_are_the_callers_own():
    v, init, read, add = counter()
    c = fw.constant_v1(np.zeros(3, "f"))
    s = Session()
    got = s.run(c)
    got[:] = 5
    assert s.run(c).tolist() == [0, 0, 0]


def test_what_is_read_of_a_ref_variable_is_its_value_at_the_end():
    """As in TensorFlow, where a fetch shares the variable's memory: the step that `[train_op, global_step]` gives is the new one."""
    v, init, read, add = counter()
    s = Session()
    s.run(init)
    assert s.run([read, add]) == [1.0, 1.0]
    s.run(lookup("Assign")(v, 0.0))
    assert s.run([v, add.op, "v:0", "v/read:0"]) == [1.0, None, 1.0, 1.0]
    with fw.control_dependencies([add]):
        after = fw.identity(v)
    assert s.run(after) == 2.0
    assert s.run([read, after]) == [3.0, 3.0]


def test_uninitialized_variable_names_itself_and_its_line():
    v, init, read, add = counter()
    with pytest.raises(
        errors.FailedPreconditionError, match=r"Attempting to use uninitialized value v\. Declared at .*test_session\.py:\d+"
    ):
        Session().run(read)
    with pytest.raises(errors.FailedPreconditionError, match="uninitialized value v"):
        Session().run(add)


def test_unfed_placeholder_and_wrong_feeds():
    x = fw.placeholder("float32", [None, 2], name="x")
    y = fw.identity(x)
    s = Session()
    with pytest.raises(
        errors.InvalidArgumentError, match="must feed a value for placeholder tensor 'x' with dtype float.*test_session.py"
    ) as e:
        s.run(y)
    assert e.value.op is x.op and e.value.error_code == 3
    with pytest.raises(ValueError, match=r"Cannot feed value of shape \(3,\) for Tensor 'x:0', which has shape '\(\?, 2\)'"):
        s.run(y, {x: [1, 2, 3]})
    with pytest.raises(TypeError, match="cannot be a tf.Tensor"):
        s.run(y, {x: y})
    with pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor"):
        s.run(y, {"nothing:0": 1})
    with pytest.raises(ValueError, match="x:0"):
        s.run(y, {x: [["a", "b"]]})


def test_foreign_fetches_closed_session_empty_graph():
    t = fw.constant_v1(1.0)
    with Graph().as_default() as g:
        other = Session(graph=g)
        with pytest.raises(RuntimeError, match="graph is empty"):
            other.run(t)
        fw.no_op()
        with pytest.raises(ValueError, match="cannot be interpreted as a Tensor"):
            other.run(t)
        with pytest.raises(TypeError, match="Fetch argument 3 has invalid type"):
            other.run(3)
        with pytest.raises(TypeError, match="None"):
            other.run([None])
    s = Session()
    s.close()
    with pytest.raises(RuntimeError, match="Attempted to use a closed Session."):
        s.run(t)


def test_default_sessions():
    t = fw.constant_v1(4.0)
    with pytest.raises(ValueError, match="No default session is registered"):
        t.eval()
    with Session() as s:
        assert t.eval() == 4.0
    with pytest.raises(RuntimeError):
        s.run(t)
    i = InteractiveSession()
    assert t.eval() == 4.0
    i.close()


def test_sessions_hold_their_own_state():
    v, init, read, add = counter()
    a, b = Session(), Session()
    a.run(init), b.run(init), a.run(add)
    assert a.run(read) == 1 and b.run(read) == 0


def test_host_and_device_operations_mix():
    x = fw.placeholder("float32", [3])
    doubled = lookup("Mul")(x, 2.0)
    text = lookup("AsString")(doubled, precision=1)
    total = lookup("AddV2")(doubled, lookup("StringToNumber")(text))
    assert Session().run(total, {x: [1, 2, 3]}).tolist() == [4, 8, 12]


def test_a_shape_computed_by_the_program_cuts_it():
    x = fw.placeholder("float32", [None])
    n = lookup("Cast")(lookup("Sum")(x, [0]), DstT="int32")
    out = lookup("Fill")(lookup("Pack")([n]), 1.0)
    s = Session()
    assert s.run(out, {x: [1, 2]}).shape == (3,) and s.run(out, {x: [4, 1]}).shape == (5,)


def test_shapes_may_change_between_runs():
    x = fw.placeholder("float32", [None, 2])
    flat = lookup("Reshape")(x, [-1])
    s = Session()
    for n in (1, 4, 2):
        assert s.run(flat, {x: np.zeros((n, 2))}).shape == (2 * n,)


def test_partial_run_runs_every_operation_once():
    a, b = fw.placeholder("float32", [], name="a"), fw.placeholder("float32", [], name="b")
    v, init, read, add = counter()
    r1 = lookup("AddV2")(a, add)
    r2 = lookup("Mul")(r1, b)
    s = Session()
    s.run(init)
    h = s.partial_run_setup([r1, r2], [a, b])
    assert s.partial_run(h, r1, {a: 1.0}) == 2.0
    assert s.partial_run(h, r2, {b: 10.0}) == 20.0, "the assignment behind r1 must not run again"
    with pytest.raises(errors.InvalidArgumentError, match="already been fed"):
        s.partial_run(h, r2, {a: 1.0})
    assert s.run(read) == 1.0


def test_step_statistics_name_every_operation():
    x = fw.placeholder("float32", [2, 2], name="x")
    y = lookup("MatMul")(x, x, name="y")
    meta = protos.RunMetadata()
    got = Session().run(y, {x: np.eye(2)}, options=protos.RunOptions(trace_level=3), run_metadata=meta)
    assert got.tolist() == [[1, 0], [0, 1]]
    stats = {n.node_name: n for d in meta.step_stats.dev_stats for n in d.node_stats}
    assert stats["y"].all_end_rel_micros > 0 and stats["y"].output[0].tensor_description.shape.dim[0].size == 2


def test_growing_graph_warns_once_with_the_line():
    s = Session()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for i in range(60):
            s.run(fw.constant_v1(float(i)))
    growth = [w for w in seen if "graph grew" in str(w.message)]
    assert len(growth) == 1 and "test_session.py" in str(growth[0].message)


def test_a_feed_whose_shape_keeps_changing_is_named():
    x = fw.placeholder("float32", [None], name="ragged")
    y = lookup("Mul")(x, x)
    s = Session()
    with pytest.warns(UserWarning, match="compiled 8 times.*ragged:0"):
        for n in range(1, 10):
            s.run(y, {x: np.zeros(n)})


def test_a_static_value_that_keeps_changing_is_named():
    n = fw.placeholder("int32", [], name="count")
    y = lookup("Fill")(lookup("Pack")([n]), 1.0)
    s = Session()
    with pytest.warns(UserWarning, match="compiled for 8 values of count:0"):
        for i in range(1, 10):
            assert s.run(y, {n: i}).shape == (i,)


def test_shapes_that_keep_changing_are_compiled_a_few_times_only(monkeypatch):
    """A loop of Slim's cluster_loss has 8,000 shapes: the process ran out of memory maps for so many programs."""
    n, x = fw.placeholder("int32", [], name="count"), fw.placeholder("float32", [None])
    y = lookup("Sqrt")(lookup("ConcatV2")([lookup("Fill")(lookup("Pack")([n]), 1.0), lookup("Mul")(x, x)], 0))
    for _ in range(4):
        y = lookup("Neg")(lookup("Identity")(y))
    s, made = Session(), []
    compile_again = DeviceSegment._jit
    monkeypatch.setattr(DeviceSegment, "_jit", lambda *args: made.append(0) or compile_again(*args))
    for i in range(1, 40):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert s.run(y, {n: i, x: np.arange(i)}).tolist() == [1.0] * i + list(range(i))
    assert len(made) == ENOUGH


def test_a_reset_that_runs_again_is_compiled_and_shares_no_buffer():
    zero = fw.constant_v1(np.zeros(4, "f"))
    slots = [lookup("VariableV2")(shape=[4], dtype="float32", name=n) for n in "ab"]
    reset = fw.group(*[lookup("Assign")(v, zero) for v in slots])
    add = fw.group(*[lookup("AssignAdd")(v, np.full(4, i + 1.0, "f")) for i, v in enumerate(slots)])
    s = Session()
    for _ in range(4):
        s.run(reset)
        s.run(add), s.run(add)
        assert [v.tolist() for v in s.run(slots)] == [[2.0] * 4, [4.0] * 4]
    program = next(e.program for e in s._executors.values() if e.fetches.operations == [reset])
    assert not program.segments[0].initial, "only its first run goes op by op"


def test_threads_share_a_session():
    v, init, read, add = counter()
    s = Session()
    s.run(init)
    threads = [threading.Thread(target=lambda: [s.run(add) for _ in range(50)]) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert s.run(read) == 200


def test_users_jax_settings_stay():
    x = fw.placeholder("float64", [2])
    assert Session().run(lookup("Mul")(x, x), {x: [1, 2]}).dtype == np.float64
    assert jax.numpy.arange(3).dtype == np.int32 and (jax.numpy.ones(2, "int32") + jax.numpy.ones(2)).dtype == np.float32


def test_make_callable():
    x = fw.placeholder("float32", [])
    f = Session().make_callable([lookup("Mul")(x, x)], [x])
    assert f(3.0) == [9.0]
    with pytest.raises(TypeError):
        f(1.0, 2.0)
