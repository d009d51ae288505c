"""Python values to arrays: what is kept, narrowed and refused, and in which words."""

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest

from mainstem.base import arrays, dtypes, shapes


def test_messages_name_the_value_and_the_type():
    with pytest.raises(TypeError, match="Expected int32, got 1.5 of type 'float' instead"):
        arrays.as_array([1, 1.5], dtypes.int32)
    with pytest.raises(TypeError, match="Expected float32, got None of type 'NoneType' instead"):
        arrays.as_array([1.0, None], dtypes.float32)
    with pytest.raises(ValueError, match="None values not supported"):
        arrays.as_array(None)
    with pytest.raises(ValueError, match="non-rectangular"):
        arrays.as_array([[1], [2, 3]])
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 1"):
        arrays.as_array(["a", 1])


def test_text_that_is_no_utf8_survives():
    name = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert arrays.as_array(name)[()] == b"\xff\xfe" and arrays.as_array(b"\x00a\x00")[()] == b"\x00a\x00"


@hypothesis.given(
    hnp.arrays(st.sampled_from(["f4", "f8", "i4", "i8", "u1", "?", "c8", "f2"]), hnp.array_shapes(min_dims=0, max_dims=3))
)
def test_arrays_keep_their_type_and_content(a):
    out = arrays.as_array(a)
    assert out.dtype == a.dtype and out.shape == a.shape and out.tobytes() == a.tobytes()
    assert arrays.fits(out, a.shape) and arrays.fits(out, None) and not arrays.fits(out, (*a.shape, 1))


@hypothesis.given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=4))
def test_python_integers_are_as_small_as_they_can_be(values):
    out = arrays.as_array(values)
    assert out.tolist() == values
    assert out.dtype == (np.int32 if all(-(2**31) <= v < 2**31 for v in values) else np.int64)


dims = st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=3).map(tuple))


@hypothesis.given(dims, dims)
def test_partly_known_shapes_merge_when_they_are_compatible(a, b):
    if not shapes.compatible(a, b):
        with pytest.raises(ValueError):
            shapes.merge(a, b)
        return
    merged = shapes.merge(a, b)
    assert shapes.compatible(merged, a) and shapes.compatible(merged, b) and merged == shapes.merge(b, a)
    assert shapes.merge(merged, a) == merged


@hypothesis.given(st.lists(st.integers(1, 3), max_size=3).map(tuple), st.lists(st.integers(1, 3), max_size=3).map(tuple))
def test_broadcasting_is_numpys(a, b):
    try:
        want = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ValueError, match="Dimensions must be equal"):
            shapes.broadcast(a, b)
    else:
        assert shapes.broadcast(a, b) == want


def test_dimensions_in_lists_may_stand_for_integers_only():
    sizes = [shapes.Dimension(5), 2]
    assert arrays.as_array(sizes, dtypes.int64).tolist() == [5, 2]
    for value, dtype in [(sizes, None), (sizes, dtypes.float32), ([shapes.Dimension(None), 2], dtypes.int32)]:
        with pytest.raises(TypeError):
            arrays.as_array(value, dtype)
