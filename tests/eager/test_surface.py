"""The programs of the surface tests in eager mode, where fed tensors are concrete, against the same recorded values."""

import numpy as np
import pytest

from mainstem.eager.context import context
from mainstem.eager.tensor import EagerTensor, wrap
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.surface import framework
from tests.golden import surface_math_rows
from tests.surface import array_programs, image_rows, nn_programs, test_array, test_image, test_math, test_nn
from tests.tolerance import assert_close

pytestmark = [pytest.mark.usefixtures("eager_mode"), pytest.mark.slow]


def _concrete(tensor):
    if isinstance(tensor, IndexedSlices):
        tensor = framework.convert_to_tensor(tensor)
    assert isinstance(tensor, EagerTensor), f"{tensor!r} is not an eager tensor"
    return tensor


@pytest.mark.parametrize(
    "source", surface_math_rows.rows(surface_math_rows.NODES) + surface_math_rows.rows(surface_math_rows.VALUES_ONLY)
)
def test_math_functions(source):
    feeds = {k: wrap(v) for k, v in surface_math_rows.FEEDS.items()}
    made = test_math.flatten(eval(source, {"tf": test_math.Names(), "np": np}, feeds))
    expected = test_math.GOLDEN[source]["values"]
    for tensor, want in zip(made, [w for w in expected if w is not None], strict=True):
        value = want["value"]
        if want["dtype"].startswith("complex"):
            value = np.array(value[0]) + 1j * np.array(value[1])
        assert _concrete(tensor).dtype.name == want["dtype"]
        assert_close(
            tensor.numpy(), np.array(value, want["dtype"]).reshape(tensor.shape.as_list()), want["dtype"], source, 5e-5
        )


@pytest.mark.parametrize("name", [*array_programs.EXACT_NAMES, *array_programs.SAME_VALUES])
def test_array_functions(name):
    program = array_programs.EXACT_NAMES.get(name) or array_programs.SAME_VALUES[name]
    outputs = list(program(test_array.tf, lambda shape, value: wrap(np.asarray(value))))
    for tensor, (label, _, item) in zip(outputs, test_array.GOLDEN["programs"][name]["outputs"], strict=True):
        want, have = test_array._values(item), _concrete(tensor)._array()
        assert have.dtype == want.dtype and have.shape == want.shape, label
        if want.dtype == object:
            assert np.array_equal(have, want), label
        else:
            np.testing.assert_allclose(have, want, rtol=1e-6, atol=1e-6, err_msg=label)


@pytest.mark.parametrize("name", sorted(set(nn_programs.PROGRAMS) - {"dropout_shape"}))
def test_nn_functions(name):
    feed = test_nn._feeder(name, values := {})

    def x(*args, **kwargs):
        with framework.get_default_graph().as_default():
            placeholder = feed(*args, **kwargs)
        return wrap(values.pop(placeholder))

    outputs = list(nn_programs.PROGRAMS[name](test_nn.tf, x))
    for i, (tensor, (_, item)) in enumerate(zip(outputs, test_nn.GOLDEN["programs"][name]["outputs"], strict=True)):
        test_nn._compare(np.asarray(_concrete(tensor)._array()), item, f"{name} output {i}")


@pytest.mark.parametrize("i", range(len(image_rows.ROWS)))
def test_image_functions(i):
    name, world, args, kwargs = image_rows.ROWS[i]
    context().set_seed(None)
    made = test_image.ours(name, world)(*args, **kwargs)
    made = list(made) if isinstance(made, (list, tuple)) else [made]
    for j, tensor in enumerate(made):
        value, expected = _concrete(tensor)._array(), test_image.RECORDED[world][f"{i}/{name}/{j}"]
        assert value.dtype == expected.dtype and value.shape == expected.shape
        if expected.dtype == np.uint8 and args[0].dtype == np.uint8 and value.size:
            assert np.abs(value.astype(int) - expected.astype(int)).max() <= (0 if "flip" in name or "rot" in name else 1)
        else:
            np.testing.assert_allclose(value, expected, rtol=2e-5, atol=2e-5)
