"""Every op against the real TensorFlow: value, dtype, inferred shape, gradient and exception of each row of the case tables."""

import importlib
import json
import pathlib
import pkgutil
import re

import jax
import ml_dtypes
import numpy as np
import pytest

import mainstem.ops
from mainstem.base import dtypes, shapes
from mainstem.core import bind, evaluate, infer, registry
from tests.ops.case import normal
from tests.tolerance import assert_close

HERE = pathlib.Path(__file__).parent
for _found in pkgutil.iter_modules(mainstem.ops.__path__):
    importlib.import_module("mainstem.ops." + _found.name)
SUBJECTS = {p.stem[6:]: importlib.import_module("tests.ops." + p.stem) for p in sorted(HERE.glob("cases_*.py"))}
ROWS = [(subject, row) for subject, module in SUBJECTS.items() for row in module.CASES]


class Recorded:
    """The recordings of one subject."""

    def __init__(self, subject):
        path = HERE.parent / "golden" / f"ops_{subject}.npz"
        self.index, self.blob = {}, b""
        if path.exists():
            with np.load(path) as f:
                self.index, self.blob = json.loads(f["index"].tobytes()), f["data"].tobytes()

    def array(self, item):
        """(array, dtype name) of one item of the index."""
        name, shape, start = item
        if isinstance(start, list):
            flat = np.empty(len(start), object)
            flat[:] = [s.encode("latin1") for s in start]
            return flat.reshape(shape), name
        kind = np.dtype("float32" if name == "bfloat16" or name.startswith("q") else name)
        return np.frombuffer(self.blob, kind, int(np.prod(shape)), start).reshape(shape), name


RECORDED = {subject: Recorded(subject) for subject in SUBJECTS}


class Given(infer.In):
    """One input of a row, as the binder and the shape rules see it."""

    __slots__ = ("array", "kind")

    def __init__(self, array, name, kind):
        dtype = dtypes.as_dtype(name)
        self.array, self.kind = array if dtype is dtypes.string else array.astype(dtype.np), kind
        super().__init__(dtype._as_ref if kind == "ref" else dtypes.resource if kind == "resource" else dtype, array.shape)

    def described(self, shape, value=None):
        """The `In` of this input when only `shape` and `value` are known."""
        return _Known(dtypes.as_dtype(self.array.dtype), shape, value)


class _Known(infer.In):
    __slots__ = ("content",)

    def __init__(self, dtype, shape, content):
        super().__init__(dtype, shape)
        self.content = content

    def value(self):
        return self.content


def _convert(value, dtype=None, as_ref=False, preferred_dtype=None, name=None):
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {value.dtype.name}")
    return value


def _bound(row):
    """(op, flat Givens, attrs) of a row."""
    op, arrays = registry.lookup(row.op), row.arrays()
    unknown = set(arrays) - {a.name for a in op.inputs}
    assert not unknown, f"{row.op} has no input called {sorted(unknown)}: {[a.name for a in op.inputs]}"

    def given(sampler, array):
        return Given(array, sampler.dtype, sampler.kind)

    args = []
    for arg in op.inputs:
        how, what = row.inputs[arg.name], arrays[arg.name]
        args.append([given(s, a) for s, a in zip(how, what)] if isinstance(how, list) else given(how, what))
    flat, attrs = bind.bind(op, args, row.attrs, _convert)
    return op, flat, attrs


def _static_flags(op, flat, attrs):
    out = []
    for arg in op.inputs:
        n = (attrs[arg.number] if arg.number else len(attrs[arg.type_list])) if arg.is_list else 1
        out += [(arg.name in op.static or arg.name in op.static_if_possible, arg.name)] * n
    return out


def _run(op, flat, attrs, cotangents):
    """(outputs, gradients of every flat input or None), with static inputs closed over and the rest jitted."""
    flags = _static_flags(op, flat, attrs)
    unread = {i for i, (_, name) in enumerate(flags) if name in op.unread}
    values = [None if i in unread else g.array for i, g in enumerate(flat)]
    if op.host or any(g.dtype is dtypes.string for g in flat):
        if cotangents is None or op.rule is None:
            return evaluate.evaluate(op, values, attrs), None
        outputs, pull = evaluate.vjp(op, values, attrs)
        return outputs, pull(cotangents)
    traced = [i for i, (static, _) in enumerate(flags) if not static and i not in unread]

    def call(*given):
        full = list(values)
        for i, v in zip(traced, given, strict=True):
            full[i] = v
        if cotangents is None:
            return evaluate.evaluate(op, full, attrs), None
        outputs, pull = evaluate.vjp(op, full, attrs)
        return outputs, pull([c if _inexact(o) else None for o, c in zip(outputs, cotangents, strict=True)])

    return jax.jit(call)(*(values[i] for i in traced))


def _inexact(x):
    return jax.numpy.issubdtype(x.dtype, jax.numpy.inexact)


def _name(value):
    value = np.asarray(value)
    return dtypes.as_dtype(value.dtype).name


def _cotangents(row, entry):
    out = []
    for i, (name, shape, _) in enumerate(entry["out"]):
        kind = dtypes.as_dtype(name)
        c = row.cotangent(i, tuple(shape), kind.is_complex)
        out.append(c.astype(kind.np) if kind in dtypes.INEXACT and (row.count is None or i < row.count) else None)
    return out


def _check_shapes(row, op, flat, attrs, outputs):
    """The shape rule gives the result's shape when all is known, and never contradicts it when less is."""
    writes = len(op.writes)
    ordinary = [tuple(np.shape(o)) for o in outputs[writes:]]
    if any(a.is_ref for a in op.outputs):
        ordinary = [tuple(np.shape(outputs[0])), *ordinary]
    known = infer.output_shapes(op, [g.described(g.shape, g.array) for g in flat], attrs)
    assert len(known) == len(ordinary), f"{row.id}: shape rule gives {len(known)} outputs, there are {len(ordinary)}"
    for found, true in zip(known, ordinary, strict=True):
        if op.host:
            assert shapes.compatible(found, true), f"{row.id}: shape rule gives {found}, the result is {true}"
        else:
            assert found == true, f"{row.id}: shape rule gives {found}, the result is {true}"
    flags = _static_flags(op, flat, attrs)
    for keep_static in (True, False):
        for lost in (lambda s: (None,) * len(s), lambda s: None):
            less = [
                g.described(g.shape, g.array) if keep_static and static else g.described(lost(g.shape))
                for g, (static, _) in zip(flat, flags, strict=True)
            ]
            for found, true in zip(infer.output_shapes(op, less, attrs), ordinary, strict=True):
                assert shapes.compatible(found, true), f"{row.id}: from unknown dimensions {found}, the result is {true}"


def _compare_gradients(row, entry, op, flat, attrs, grads, recorded):
    names = [name for _, name in _static_flags(op, flat, attrs)]
    wanted = [i for name in row.grad for i, n in enumerate(names) if n == name]
    assert len(wanted) == len(entry["grad"]), f"{row.id}: grad= names inputs that the op does not have"
    for i, item in zip(wanted, entry["grad"], strict=True):
        got, what = None if grads is None or not op.differentiable else grads[i], f"{row.id}: gradient of {names[i]}"
        if item is None:
            assert got is None, f"{what}: TensorFlow gives None"
            continue
        assert got is not None, f"{what}: None, TensorFlow gives one"
        expected, name = recorded.array(item)
        assert _name(got) == name, f"{what}: dtype {_name(got)}, TensorFlow gives {name}"
        assert_close(got, expected, name, what, row.grad_tol, gradient=True)


def _check(subject, row):
    recorded = RECORDED[subject]
    entry = recorded.index.get(row.id)
    assert entry is not None, f"{row.id} has no recording: run tests/golden/record_ops.py --subject {subject}"
    op, flat, attrs = _bound(row)
    if row.raises:
        infer.output_shapes(op, [g.described(g.shape, g.array) for g in flat], attrs)
        _run(op, flat, attrs, None)
        return
    outputs, grads = _run(op, flat, attrs, _cotangents(row, entry) if row.grad and op.differentiable else None)
    only_read = sum(1 for g in flat if g.kind is not None) - len(op.writes)  # variables are recorded first, changed or not
    expected_outputs = entry["out"][only_read:]
    assert len(outputs) == len(expected_outputs), f"{row.id}: {len(outputs)} outputs, TensorFlow gives {len(expected_outputs)}"
    kinds = infer.output_dtypes(op, attrs)
    for found, declared in zip(outputs[len(op.writes) :], [k for k in kinds if not k._is_ref_dtype], strict=True):
        assert np.asarray(found).dtype == declared.np, f"{row.id}: kernel gives {np.asarray(found).dtype}, declared {declared}"
    for i, item in enumerate(expected_outputs[: row.count]):
        expected, name = recorded.array(item)
        assert _name(outputs[i]) == name or name.startswith("q"), f"{row.id}: dtype {_name(outputs[i])}, TensorFlow: {name}"
        assert_close(outputs[i], expected, name, f"{row.id} output {i}", row.tol)
    _check_shapes(row, op, flat, attrs, outputs)
    if row.grad:
        _compare_gradients(row, entry, op, flat, attrs, grads, recorded)


def _is_a(error, name):
    if name == "InvalidArgumentError" and isinstance(error, ValueError):
        return True  # found when the graph is built, before TensorFlow finds it in a run
    return any(c.__name__ == name for c in type(error).__mro__)


@pytest.mark.parametrize(("subject", "row"), [pytest.param(s, r, id=r.id) for s, r in ROWS])
def test_row(subject, row):
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        if row.raises and not row.gap:
            name = RECORDED[subject].index.get(row.id, {}).get("error")
            assert name is not None, f"{row.id} has no recording: run tests/golden/record_ops.py --subject {subject}"
            try:
                _check(subject, row)
            except Exception as e:
                assert _is_a(e, name), f"{row.id}: raises {type(e).__name__} ({e}), TensorFlow {name}"
            else:
                pytest.fail(f"{row.id}: does not fail, TensorFlow raises {name}")
        elif row.gap:
            try:
                _check(subject, row)
            except (AssertionError, NotImplementedError):
                return
            if not row.raises:
                pytest.fail(f"{row.id} now agrees with TensorFlow: drop gap={row.gap!r}")
        else:
            _check(subject, row)


def test_ids_are_unique():
    ids = [row.id for _, row in ROWS]
    assert len(set(ids)) == len(ids), sorted(i for i in ids if ids.count(i) > 1)


def _told(path):
    """The text of a test file, of the programs it imports from `tests`, and of the recordings it names."""
    text = (HERE.parent / path).read_text()
    for module, name in re.findall(r"^from tests\.([\w.]+) import (\w+)", text, re.M):
        programs = HERE.parent / module.replace(".", "/") / f"{name}.py"
        text += programs.read_text() if programs.exists() else ""
    for name in re.findall(r"\w+\.json", text):
        recorded = HERE.parent / "golden" / name
        text += recorded.read_text() if recorded.exists() else ""
    return text


def test_every_op_has_a_row():
    """`ELSEWHERE` of a cases file names the test file that covers ops which a row cannot describe; a test counts those of `COUNTED`."""
    covered, texts = {row.op for _, row in ROWS}, {}
    for module in SUBJECTS.values():
        for name, path in getattr(module, "ELSEWHERE", {}).items():
            told = texts.setdefault(path, _told(path))
            assert name in told, f"neither {path} nor what it reads mentions {name}"
            covered.add(name)
        covered |= getattr(module, "COUNTED", set())
    missing = sorted(set(registry.REGISTRY) - covered)
    assert not missing, f"ops without a row: {missing}"


def test_bfloat16_of_samplers_is_exact():
    value = normal(20, dtype="bfloat16").array("x")
    assert np.array_equal(value, value.astype(ml_dtypes.bfloat16).astype(np.float32))
