"""Random ops against streams recorded from the real TensorFlow (tests/golden/record_random.py)."""

import functools
import json
import pathlib
import zlib

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from mainstem.base import dtypes, errors
from mainstem.core import evaluate, infer, registry
from mainstem.ops import candidates, philox, random, random_special  # noqa: F401  (registers the ops)

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden" / "random_tf2.npz")
CASES = json.loads(str(GOLDEN["index"]))["cases"]
COLUMNS = {kind: GOLDEN[kind] for kind in GOLDEN.files if kind != "index"}
# float results pass through log, sin and cos, which may differ from TensorFlow's in the last bit
ROUNDED = {"float16": 2e-3, "bfloat16": 1e-2, "float32": 2e-6, "float64": 1e-12}
BITWISE = ("RandomUniform", "RandomUniformInt", "StatelessRandomUniform", "StatelessRandomUniformInt", "RandomShuffle")


@pytest.fixture(autouse=True)
def _strict():
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        yield


def recorded(run):
    kind, shape, first, count, checksum = run
    value = COLUMNS[kind][first : first + count]
    return kind, tuple(shape), value.view(ml_dtypes.bfloat16) if kind == "bfloat16" else value, checksum


def array(value, kind):
    return np.array(value, dtypes.as_dtype(kind).np)


def evaluator(case):
    """A function `state -> [state.., outputs..]` that runs the case's kernel as a Session would, and its first state."""
    op = registry.lookup(case["op"])
    inputs = {k: array(v, kind) for k, (v, kind) in case["inputs"].items()}
    flat = [inputs[a.name] for a in op.inputs]
    attrs = {k: dtypes.as_dtype(v) if "dtype" in k else v for k, v in case["attrs"].items()}
    for arg in op.inputs:
        if isinstance(arg.type, str):
            attrs.setdefault(arg.type, dtypes.as_dtype(inputs[arg.name].dtype))
    for key, a in op.attrs.items():
        if key not in attrs and a.default is not registry.MISSING:
            attrs[key] = a.default
    state = [op.state(**evaluate.kernel_attrs(op, attrs))] if op.state else []
    if op.host:
        return lambda state: evaluate.evaluate(op, flat, attrs, state), state
    dynamic = [i for i in range(len(flat)) if i not in op.static_index]

    fixed = tuple((i, flat[i].tobytes(), flat[i].dtype.str, flat[i].shape) for i in sorted(op.static_index))
    settings = tuple((k, infer.freeze(v)) for k, v in attrs.items() if k not in ("seed", "seed2"))
    run = compiled(op, fixed, settings, tuple(dynamic))
    return lambda state: run([jnp.asarray(s) for s in state], [flat[i] for i in dynamic]), state


@functools.cache
def compiled(op, fixed, settings, dynamic):
    """The kernel as a compiled function of (state, the inputs that are not static); seeds only enter through the state."""
    attrs = dict(settings, seed=0, seed2=0)

    # unoptimised code compiles twice as fast, and nearly all of this test is compilation
    @functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def run(state, values):
        full = dict(zip(dynamic, values, strict=True))
        for i, content, dtype, shape in fixed:
            full[i] = np.frombuffer(content, dtype).reshape(shape)
        return evaluate.evaluate(op, [full[i] for i in range(len(full))], attrs, state)

    return run


def check(case, mine, run):
    kind, shape, want, checksum = recorded(run)
    mine = np.array(mine, order="C")
    assert (mine.dtype.name, mine.shape) == (kind, shape)
    flat = mine.reshape(-1)
    if case["op"] in BITWISE or kind.startswith(("int", "uint")):
        assert zlib.crc32(flat.view(np.uint16 if kind == "bfloat16" else flat.dtype).tobytes()) == checksum
    if flat.size > want.size:
        flat = flat[np.linspace(0, flat.size - 1, want.size).astype(np.int64)]
    np.testing.assert_allclose(
        flat.astype(np.float64), want.astype(np.float64), rtol=ROUNDED.get(kind, 0), atol=ROUNDED.get(kind, 0) / 10
    )


def _numbers():
    """Every case; after the second of an op the long ones, the others in the slow run."""
    for i, case in enumerate(CASES):
        shape = case["inputs"].get("shape", [[]])[0]
        late = sum(c["op"] == case["op"] for c in CASES[:i]) >= 2 and np.prod(shape) < 1000
        yield pytest.param(i, marks=pytest.mark.slow if late else (), id=f"{i}-{case['op']}")


@pytest.mark.parametrize("number", list(_numbers()))
def test_stream(number):
    case = CASES[number]
    run, state = evaluator(case)
    for recorded_run in case["runs"]:
        outputs = run(state)
        state, outputs = outputs[: len(state)], outputs[len(state) :]
        for mine, want in zip(outputs, recorded_run, strict=True):
            check(case, mine, want)


def test_v2_ops_give_what_the_seed_gives():
    seed, shape = np.array([5, -9], np.int64), np.array([3, 3], np.int32)
    key, counter = random.stateless_key_counter.kernel(jnp.asarray(seed))
    for old, new in (
        (random.stateless_uniform, random.stateless_uniform_v2),
        (random.stateless_normal, random.stateless_normal_v2),
        (random.stateless_full_int, random.stateless_full_int_v2),
    ):
        dtype = dtypes.int32 if "Int" in old.name else dtypes.float32
        want = jax.jit(functools.partial(old.kernel, shape, dtype=dtype))(jnp.asarray(seed))
        found = jax.jit(functools.partial(new.kernel, shape, dtype=dtype))(key, counter, jnp.int32(3))
        np.testing.assert_array_equal(found, want)


def test_counter_carries_through_all_words():
    state = np.array([1, 2, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF, 7], np.uint32)
    skip, words = (jax.jit(f, static_argnums=1) for f in (philox.skip, philox.words))
    assert np.asarray(skip(state, 3)).tolist() == [1, 2, 1, 0, 0, 8]
    assert philox.host_skip(state, 3).tolist() == [1, 2, 1, 0, 0, 8]
    far = words(skip(state, 3), 8)
    np.testing.assert_array_equal(words(state, 20)[12:], far)
    np.testing.assert_array_equal(philox.host_words(state, 5)[12:], far)


def test_unseeded_states_differ():
    assert philox.initial_state(0, 0).tolist() != philox.initial_state(0, 0).tolist()
    assert philox.initial_state(0, 1).tolist() == [0, 0, 0, 0, 1, 0]


def test_range_errors():
    state = philox.initial_state(1, 1)
    with pytest.raises(errors.InvalidArgumentError, match="minval < maxval"):
        random.random_uniform_int.kernel(state, np.array([2]), np.int32(5), np.int32(5), Tout=dtypes.int32)
    with pytest.raises(errors.InvalidArgumentError, match="range is too small"):
        candidates.uniform_candidates.kernel(state, np.array([[0]]), num_true=1, num_sampled=6, unique=True, range_max=5)


def test_host_stream_reads_words_in_order():
    state = philox.initial_state(3, 4)
    stream = philox.HostStream(state, batch=1)
    parts = [stream.take(n) for n in (1, 5, 2, 30)]
    np.testing.assert_array_equal(np.concatenate(parts), jax.jit(philox.words, static_argnums=1)(state, 38))
