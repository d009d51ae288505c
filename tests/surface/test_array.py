"""The array functions against TensorFlow 1.15: nodes and their names, shapes known at build time, values, exceptions."""

import json
import pathlib
import types

import numpy as np
import pytest

from mainstem.base import dtypes, errors, shapes
from mainstem.grad.gradients import gradients
from mainstem.graph.graph import Graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.run.session import Session
from mainstem.surface import array, blocks, framework, index, masking, slicing, variables
from mainstem.surface.operators import install
from tests.surface import array_programs as programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "array.json").read_text())
NAMES = {
    "IndexedSlices": IndexedSlices,
    "TensorShape": shapes.TensorShape,
    "batch_to_space": blocks.batch_to_space_v1,
    "boolean_mask": slicing.boolean_mask_v1,
    "constant": framework.constant_v1,
    "depth_to_space": blocks.depth_to_space_v1,
    "expand_dims": array.expand_dims_v1,
    "gather": index.gather_v1,
    "gather_nd": index.gather_nd_v1,
    "image": types.SimpleNamespace(extract_image_patches=blocks.extract_image_patches_v1),
    "linspace": array.linspace_v1,
    "newaxis": None,
    "ones_like": array.ones_like_v1,
    "pad": blocks.pad_v1,
    "quantization": types.SimpleNamespace(quantize_and_dequantize=blocks.quantize_and_dequantize),
    "reverse_sequence": index.reverse_sequence_v1,
    "shape": array.shape_v1,
    "size": array.size_v1,
    "scatter_nd": index.scatter_nd_v1,
    "slice": slicing.slice_,
    "space_to_batch": blocks.space_to_batch_v1,
    "space_to_depth": blocks.space_to_depth_v1,
    "squeeze": array.squeeze_v1,
    "tensor_scatter_add": index.tensor_scatter_nd_add_v1,
    "tensor_scatter_sub": index.tensor_scatter_nd_sub_v1,
    "tensor_scatter_update": index.tensor_scatter_nd_update,
    "transpose": array.transpose_v1,
    "where": masking.where_v1,
    "where_v2": masking.where,
    "zeros_like": array.zeros_like_v1,
}


class _Namespace:
    def __getattr__(self, name):
        if name in NAMES:
            return NAMES[name]
        for module in (array, index, blocks, masking, slicing, framework, dtypes):
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(name)


tf = _Namespace()
assert install  # importing it gives tensors their operators


def _feeder(feeds):
    def feed(shape, value):
        made = framework.placeholder(np.asarray(value).dtype, shape, name="p")
        feeds[made] = value
        return made

    return feed


def _values(item):
    kind, shape, flat = item
    if kind == "object":
        flat = [v.encode() for v in flat]
    if kind.startswith("complex"):
        flat = [complex(*v) for v in flat]
    size = int(np.prod(shape))
    return np.array(flat * size if len(flat) == 1 else flat, kind).reshape(shape)


def _list(shape):
    return None if shape is None else list(shape)


@pytest.mark.parametrize("name", [*programs.EXACT_NAMES, *programs.SAME_VALUES])
def test_program(name):
    golden = GOLDEN["programs"][name]
    with Graph().as_default() as graph, Session() as sess:
        feeds = {}
        outputs = list((programs.EXACT_NAMES.get(name) or programs.SAME_VALUES[name])(tf, _feeder(feeds)))
        if "nodes" in golden:
            made = [[o.name, o.type, _list(o.outputs[0]._shape)] for o in graph.get_operations() if o.type != "Placeholder"]
            assert [m[:2] for m in made] == [g[:2] for g in golden["nodes"]]
            for have, want in zip(made, golden["nodes"], strict=True):
                assert _as_precise(have[2], want[2]), f"{have[0]}: shape {have[2]}, TensorFlow knows {want[2]}"
        values = sess.run(outputs, feeds)
    assert len(outputs) == len(golden["outputs"])
    for tensor, value, (label, shape, item) in zip(outputs, values, golden["outputs"], strict=True):
        want = _values(item)
        assert _as_precise(_list(tensor._shape), shape), f"{label}: shape {tensor._shape}, TensorFlow knows {shape}"
        assert np.asarray(value).dtype == want.dtype, label
        if want.dtype == object:
            assert np.array_equal(value, want), label
        else:
            np.testing.assert_allclose(value, want, rtol=1e-6, atol=1e-6, err_msg=label)


def _as_precise(have, want):
    """Whether we know at least what TensorFlow knows of a shape."""
    return want is None or (
        have is not None and len(have) == len(want) and all(w in (None, h) for h, w in zip(have, want, strict=True))
    )


@pytest.mark.parametrize("name", programs.RAISES)
def test_wrong_program(name):
    with Graph().as_default():
        try:
            programs.RAISES[name](tf, _feeder({}))
        except Exception as e:
            assert type(e).__name__ == GOLDEN["errors"][name], f"{type(e).__name__}: {e}"
        else:
            pytest.fail(f"does not fail; TensorFlow raises {GOLDEN['errors'][name]}")


def test_messages_name_op_and_line():
    with Graph().as_default(), pytest.raises(ValueError, match=r"slice index 5 of dimension 0 out of bounds.*test_array\.py"):
        framework.placeholder("float32", [4])[5]


def test_out_of_range_gather_gives_zeros():
    """TensorFlow's GPU kernels do the same; its CPU kernels raise InvalidArgument."""
    with Graph().as_default(), Session() as sess:
        x, i = framework.placeholder("float32", [3]), framework.placeholder("int32", [3])
        assert sess.run(index.gather(x, i), {x: [1.0, 2.0, 3.0], i: [2, 3, -1]}).tolist() == [3.0, 0.0, 0.0]


def test_shape_chain_folds():
    """What reshape code computes from a shape is known at build time, so nothing is cut out of a program."""
    with Graph().as_default():
        x = framework.placeholder("float32", [None, 4, 6])
        rows, columns = array.shape(x)[0], array.shape(x)[1] * array.shape(x)[2]
        assert array.reshape(x, [rows, columns])._shape == (None, 24)
        assert array.reshape(x, array.concat([array.shape(x)[:-1], [2, 3]], 0))._shape == (None, 4, 2, 3)
        assert array.reshape(x, array.stack([-1, columns]))._shape == (None, 24)
        assert array.fill(array.shape(x)[1:], 1.0)._shape == (4, 6)
        assert array.tile(x, [2, rows, 1])._shape == (None, None, 6)
        assert array.fill(slicing.slice_(array.shape(x), [1], [-1]), 1.0)._shape == (4, 6)


def test_a_long_chain_of_integers_is_not_shape_arithmetic():
    with Graph().as_default():
        i = framework.placeholder("int32", [])
        for _ in range(1200):
            i = i + 1
        assert framework.placeholder("float32", [None, 3])[i]._shape == (3,)


def test_strings_move_on_the_host():
    with Graph().as_default(), Session() as sess:
        words = framework.placeholder("string", [None])
        out = [
            array.reshape(words, [2, -1]),
            array.concat([words, ["z"]], 0),
            words[::-1],
            array.transpose(array.reshape(words, [2, 2])),
            index.gather(words, [3, 0]),
            array.tile(words, [2]),
            masking.where_v1([True, False, True, False], words, array.fill([4], "-")),
        ]
        got = sess.run(out, {words: ["a", "b", "c", "d"]})
        assert [g.astype(str).tolist() for g in got] == [
            [["a", "b"], ["c", "d"]],
            ["a", "b", "c", "d", "z"],
            ["d", "c", "b", "a"],
            [["a", "c"], ["b", "d"]],
            ["d", "a"],
            ["a", "b", "c", "d", "a", "b", "c", "d"],
            ["a", "-", "c", "-"],
        ]


X = np.arange(6, dtype=np.float32).reshape(2, 3)


def _run(build):
    with Graph().as_default(), Session() as sess:
        placed = {}
        out = build(_feeder(placed))
        return [np.asarray(v).tolist() for v in sess.run(out, placed)]


def test_gradient_of_run_time_slices():
    def build(feed):
        x, i = feed([None, 3], X), feed([], np.int32(1))
        out = [x[i], x[:, i], x[:i], x[i, ::-2]]
        return out + [gradients(y * y, x)[0] for y in out]

    got = _run(build)
    assert got[:4] == [[3, 4, 5], [1, 4], [[0, 1, 2]], [5, 3]]
    assert got[4:] == [[[0, 0, 0], [6, 8, 10]], [[0, 2, 0], [0, 8, 0]], [[0, 2, 4], [0, 0, 0]], [[0, 0, 0], [6, 0, 10]]]


def test_gradient_of_a_boolean_mask():
    def build(feed):
        x = feed([None, 3], X)
        y = slicing.boolean_mask_v1(x, feed([None], np.array([False, True])))
        return [y, gradients(y * y, x)[0]]

    assert _run(build) == [[[3, 4, 5]], [[0, 0, 0], [6, 8, 10]]]


def test_gradient_through_partition_and_stitch():
    def build(feed):
        x, p = feed([None, 3], X), feed([None], np.array([1, 0], np.int32))
        a, b = index.dynamic_partition(x, p, 2)
        places = index.dynamic_partition(array.range(array.shape(x)[0]), p, 2)
        out = index.dynamic_stitch(places, [a * a, b * 3.0])
        return [out, gradients(out, x)[0], gradients(a * a, x)[0]]

    out, both, first = _run(build)
    assert out == [[0, 3, 6], [9, 16, 25]]
    assert both == [[3, 3, 3], [6, 8, 10]]
    assert first == [[0, 0, 0], [6, 8, 10]]


@pytest.mark.parametrize("resource", [False, True])
def test_variables_are_sliced_assigned_and_looked_up(resource):
    with Graph().as_default(), Session() as sess:
        v = variables.Variable(X, use_resource=resource)
        i = framework.placeholder("int32", [])
        sess.run(v.initializer)
        assert sess.run(v[i, 1:], {i: 1}).tolist() == [4, 5]
        assert sess.run(v[i, 1:].assign([7.0, 8.0]), {i: 1}).tolist() == [[0, 1, 2], [3, 7, 8]]
        rows = index.gather_v1(v, [1, 1])
        assert sess.run(rows).tolist() == [[3, 7, 8]] * 2
        slices = gradients(rows * rows, v)[0]
        assert isinstance(slices, IndexedSlices)
        assert sess.run(slices.indices).tolist() == [1, 1]
        assert sess.run(framework.convert_to_tensor(slices)).tolist() == [[0, 0, 0], [12, 28, 32]]
        assert sess.run(variables.scatter_add(v, [0, 0], [[1.0] * 3] * 2))[0].tolist() == [2, 3, 4]


def test_check_numerics():
    with Graph().as_default(), Session() as sess:
        x = framework.placeholder("float32", [None])
        y = blocks.check_numerics(x, "found it")
        assert sess.run([y, gradients(y * y, x)[0]], {x: [3.0]})[1].tolist() == [6]
        with pytest.raises(errors.InvalidArgumentError, match="found it : Tensor had NaN"):
            sess.run(y, {x: [float("nan")]})


def test_computed_indices_do_not_make_a_run_slow_or_deep():
    """Diamonds: every level doubles the ways back to the start; a chain: deeper than Python's stack."""
    with Graph().as_default(), Session() as sess:
        x, i = framework.placeholder("float32", [None, 3]), framework.placeholder("int32", [])
        j = i
        for _ in range(40):
            j = (j + 1) * (j - 1) * 0
        for _ in range(1200):
            j = j + 1
        assert sess.run(x[j - 1199], {x: X, i: 7}).tolist() == [3, 4, 5]
