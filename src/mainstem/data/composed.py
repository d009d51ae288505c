"""Transformations whose arguments take some work: padded batches, scans, reductions, groups, files by pattern."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.registry import lookup
from mainstem.data import structure, traced
from mainstem.data.nodes import batched, element_attrs, known, scalar
from mainstem.graph.spec import TensorSpec
from mainstem.ops import dataset as ops
from mainstem.surface import array, framework, host


def matching(pattern):
    """The sorted names of the files that match. An operation asserts that there is one."""
    found = host.matching_files(pattern)
    some = lookup("Greater")(length_of(found), np.int32(0))
    with framework.control_dependencies(
        [host.assert_op(some, ["No files matched pattern: ", pattern], name="assert_not_empty")]
    ):
        return framework.identity(found)


def length_of(vector):
    """The number of entries of a vector, an int64 scalar."""
    return array.shape(vector, out_type=dtypes.int64)[0]


def padded(dataset, batch_size, padded_shapes, padding_values, drop_remainder, name):
    """`Dataset.padded_batch`."""
    spec = dataset.element_spec
    flat = structure.flatten(spec)
    for s in flat:
        if not isinstance(s, TensorSpec):
            raise TypeError(
                f"`padded_batch` is only supported for datasets that produce tensor elements but the input dataset produces elements of "
                f"unsupported type {s.value_type}."
            )
    if padded_shapes is None:
        if any(s._dims is None for s in flat):
            raise ValueError("You must provide `padded_shapes` argument because component has unknown rank.")
        wanted = [shapes.TensorShape(s._dims) for s in flat]
    else:
        wanted = _shapes_like(spec, padded_shapes)
    given = [None] * len(flat) if padding_values is None else _values_like(spec, padding_values)
    size, drop = scalar(batch_size, dtypes.int64, "batch_size"), scalar(drop_remainder, dtypes.bool, "drop_remainder")
    count = known(size) if known(drop) else None
    made = [_padded_spec(s, w) for s, w in zip(flat, wanted, strict=True)]
    new = structure.pack(spec, [batched(s, count) for s in made])
    padding = [_padding(v, s.dtype) for v, s in zip(given, flat, strict=True)]
    sizes = [_shape_tensor(w) for w in wanted]
    return dataset._then("PaddedBatchDatasetV2", [size, sizes, padding, drop], new, name)


def _shapes_like(spec, given):
    if not structure.is_nested(spec):
        return [given if hasattr(given, "_is_eager") else _shape(given)]
    if hasattr(spec, "keys"):
        return [w for k in sorted(spec) for w in _shapes_like(spec[k], given[k])]
    if len(spec) != len(given):
        raise ValueError(f"The two structures don't have the same nested structure: {spec} and padded_shapes {given}")
    return [w for s, g in zip(spec, given, strict=True) for w in _shapes_like(s, g)]


def _shape(given):
    if isinstance(given, (list, tuple)):
        given = [None if d in (-1, None) or getattr(d, "value", 0) is None else d for d in given]
    return shapes.TensorShape(given)


def _values_like(spec, given):
    if not structure.is_nested(given):
        return [given] * len(structure.flatten(spec))
    structure.map_structure(lambda s, v: None, spec, given)
    return structure.flatten(given)


def _padded_spec(spec, wanted):
    if hasattr(wanted, "_is_eager"):
        value = known(wanted)
        dims = None if value is None else tuple(None if d < 0 else int(d) for d in np.atleast_1d(value))
    else:
        dims = shapes.as_tuple(wanted)
    if spec._dims is not None and dims is not None:
        if len(spec._dims) != len(dims):
            raise ValueError(
                f"The padded shape {shapes.TensorShape(dims)} is not compatible with the shape {spec.shape} of the corresponding input component."
            )
        for have, want in zip(spec._dims, dims):
            if have is not None and want is not None and have > want:
                raise ValueError(
                    f"The padded shape {shapes.TensorShape(dims)} is not compatible with the shape {spec.shape} of the corresponding input component."
                )
    return TensorSpec(dims, spec.dtype)


def _shape_tensor(wanted):
    if hasattr(wanted, "_is_eager"):
        return lookup("Cast")(wanted, DstT=dtypes.int64) if wanted.dtype != dtypes.int64 else wanted
    return framework.constant_v1([-1 if d is None else d for d in shapes.as_tuple(wanted)], dtypes.int64)


def _padding(value, dtype):
    if value is None:
        value = b"" if dtype is dtypes.string else np.zeros((), dtype.np)
    made = framework.convert_to_tensor(value, name="padding_value")
    if made.dtype != dtype:
        if isinstance(value, (int, float)):
            return framework.constant_v1(value, dtype)
        raise TypeError(
            f"Padding value tensor with dtype {made.dtype.name} is not compatible with the dtype {dtype.name} of the component."
        )
    if made.shape.rank not in (None, 0):
        raise ValueError(f"Invalid `padding_values`. `padding_values` values should be scalars, but got {made.shape}.")
    return made


def _state(initial, function, name, element_spec, split):
    """(first state, trace) with a spec of the state that every step keeps: shapes that change become unknown."""
    state = structure.normalized(initial)
    spec = structure.specs_of(state)
    while True:
        f = traced.trace(function, name, spec, element_spec, unpack=False)
        new = split(f.spec)
        try:
            structure.map_structure(lambda a, b: None, spec, new)
        except ValueError:
            raise TypeError(f"The structure of the new state {new} is not that of the initial state {spec}.") from None
        for old, now in zip(structure.flatten(spec), structure.flatten(new)):
            if getattr(old, "dtype", None) != getattr(now, "dtype", None):
                raise TypeError(
                    f"The element types for the new state must match the initial state. Expected {old.dtype}; got {now.dtype}."
                )
        wider = structure.joined(spec, new)
        if structure.flatten(wider) == structure.flatten(spec):
            return state, f, spec
        spec = wider


def scanned(dataset, initial_state, scan_func, name=None):
    """`Dataset.scan`. Raises TypeError unless the function gives a pair (new state, result)."""

    def split(spec):
        if not isinstance(spec, tuple) or len(spec) != 2:
            raise TypeError("`scan_func` must return a pair comprising the new state and the output value.")
        return spec[0]

    state, f, _ = _state(initial_state, scan_func, "scan", dataset.element_spec, split)
    first = structure.to_components(state)
    return dataset._then("ScanDataset", [first, f.captured], f.spec[1], name, f=f.graph, preserve_cardinality=True)


def reduced(dataset, initial_state, reduce_func, name=None):
    """`Dataset.reduce`."""
    state, f, spec = _state(initial_state, reduce_func, "reduce", dataset.element_spec, lambda s: s)
    first = structure.to_components(state)
    made = ops.reduce_dataset(
        dataset._variant_tensor, first, f.captured, f=f.graph, **element_attrs(spec), name=name
    )  # fmt: skip
    return structure.from_components(spec, made)


def grouped(dataset, key_func, reduce_func, window_size=None, window_size_func=None):
    """`Dataset.group_by_window`."""
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Either the `window_size` argument or the `window_size_func` argument must be specified.")
    size_of = window_size_func or (lambda _: window_size)
    spec, number = dataset.element_spec, TensorSpec((), dtypes.int64)
    key = traced.trace(lambda *e: _int64(key_func(*e), "key_func"), "key_func", spec)
    window = traced.trace(lambda k: _int64(size_of(k), "window_size_func"), "window_size_func", number)
    reduce = traced.trace(reduce_func, "reduce_func", number, structure.DatasetSpec(spec), unpack=False)
    if not isinstance(reduce.spec, structure.DatasetSpec):
        raise TypeError("`reduce_func` must return a `Dataset` object.")
    return dataset._then(
        "GroupByWindowDataset",
        [key.captured, reduce.captured, window.captured],
        reduce.spec.element_spec,
        key_func=key.graph,
        reduce_func=reduce.graph,
        window_size_func=window.graph,
    )


def _int64(value, what):
    made = framework.convert_to_tensor(value, dtype=dtypes.int64 if isinstance(value, int) else None)
    if made.dtype != dtypes.int64 or made.shape.rank not in (None, 0):
        raise ValueError(f"`{what}` must return a single tf.int64 scalar tensor. Got type={made.dtype} and shape={made.shape}.")
    return made
