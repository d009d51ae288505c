"""Loops over the elements of tensors: `map_fn`, `scan`, `foldl`, `foldr`, `vectorized_map`."""

from mainstem.base import dtypes, nest, shapes
from mainstem.eager.context import executing_eagerly
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.run import autograph
from mainstem.surface import array
from mainstem.surface.bodies import body_graph, traced
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.tensor_array import TensorArray
from mainstem.surface.while_loop import while_loop_v1


def _callable(fn):
    if not callable(fn):
        raise TypeError(f"fn must be callable. Got {fn!r}.")


class _Elements:
    """The tensors that a loop goes over, element by element along dimension 0.

    Raises ValueError for scalars and for first dimensions that differ, TypeError for sparse tensors.
    """

    def __init__(self, elems):
        self.structure = elems
        leaves = nest.flatten(elems)
        if any(isinstance(t, SparseTensor) for t in leaves):
            raise TypeError("elems must not be a SparseTensor: convert it with tf.sparse.to_dense first.")
        self.flat = [convert_to_tensor(t, name="elem") for t in leaves]
        if not self.flat:
            raise ValueError("elems must contain at least one Tensor.")
        self.static = None
        for t in self.flat:
            if t._shape == ():
                raise ValueError(f"Elements in elems must be 1+ dimensional Tensors, not scalars. Got {t}.")
            first = None if t._shape is None else t._shape[0]
            if None not in (first, self.static) and first != self.static:
                raise ValueError(f"Dimensions {self.static} and {first} are not compatible: elems have different lengths")
            self.static = self.static if first is None else first
        self.count = self.static
        if self.count is None:
            self.count = array.shape_v1(self.flat[0])[0]
        self.arrays = [
            TensorArray(t.dtype.base_dtype, self.count, clear_after_read=False, infer_shape=True).unstack(t) for t in self.flat
        ]

    def at(self, i):
        """Element `i`, in the structure of the user's tensors."""
        return nest.pack_sequence_as(self.structure, [a.read(i) for a in self.arrays])


def _results(elements, flat):
    """Stacked results, of which the length is known as that of the elements is."""
    out = []
    for a in flat:
        made = a.stack()
        if made._shape is not None and not made._is_eager:
            made.set_shape((elements.static, *made._shape[1:]))
        out.append(made)
    return out


def _kinds(fn_output_signature):
    """(structure, dtypes) of what a function is declared to give."""
    flat = nest.flatten(fn_output_signature)
    found = []
    for kind in flat:
        if not hasattr(kind, "dtype") and not isinstance(kind, (dtypes.DType, str, type)):
            raise NotImplementedError(f"map_fn: fn_output_signature {kind!r}")
        found.append(dtypes.as_dtype(getattr(kind, "dtype", kind)))
    return fn_output_signature, found


def map_fn(
    fn,
    elems,
    dtype=None,
    parallel_iterations=None,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    name=None,
    fn_output_signature=None,
):
    """`fn` of every element of `elems` along dimension 0, stacked.

    Args:
        fn: function of one element, in the structure of `elems`.
        elems: a tensor or a nested structure of tensors of one length.
        dtype, fn_output_signature: dtypes (or TensorSpecs) of what `fn` gives, in its structure, where they differ from `elems`.
        infer_shape: all results have the same shape.

    Raises TypeError when `fn` is no function or gives other dtypes, ValueError for scalars, other lengths or another structure.
    """
    _callable(fn)
    fn = autograph.convert_where_on(fn)
    with name_scope(name, "map", nest.flatten(elems)):
        elements = _Elements(elems)
        signature = dtype if fn_output_signature is None else fn_output_signature
        if signature is None:
            form, kinds = elems, [t.dtype.base_dtype for t in elements.flat]
        else:
            form, kinds = _kinds(signature)
        results = [TensorArray(k, elements.count, infer_shape=infer_shape) for k in kinds]

        def step(i, arrays):
            value = fn(elements.at(i))
            nest.assert_same_structure(form, value)
            return i + 1, [a.write(i, v) for a, v in zip(arrays, nest.flatten(value))]

        made = while_loop_v1(
            lambda i, _: _less(i, elements.count),
            step,
            (_zero(), results),
            parallel_iterations=parallel_iterations or 10,
            back_prop=back_prop,
            maximum_iterations=elements.count,
        )[1]
        return nest.pack_sequence_as(form, _results(elements, made))


def _zero():
    return convert_to_tensor(0, dtypes.int32)


def _less(i, n):
    return i < n


def scan(
    fn,
    elems,
    initializer=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    reverse=False,
    name=None,
):
    """All intermediate results of `a = fn(a, element)` over the elements of `elems` along dimension 0, stacked.

    Args:
        fn: function of the accumulated value and one element, in the structure of `elems`; gives the next value.
        initializer: the first value; the first element (which then is the first result) without it.
        reverse: from the last element to the first; results stand where their elements stood.

    Raises TypeError when `fn` is no function, ValueError for scalars or a value that changes its shape.
    """
    _callable(fn)
    with name_scope(name, "scan", nest.flatten(elems)):
        elements = _Elements(elems)
        n, first, value = _start(elements, initializer, reverse)
        form = elems if initializer is None else initializer
        arrays = [TensorArray(t.dtype.base_dtype, n, element_shape=t._shape if infer_shape else None) for t in value]
        if initializer is None:
            at = n - 1 if reverse else 0
            arrays = [a.write(at, t) for a, t in zip(arrays, value)]

        def step(i, value, arrays):
            after = _combined(fn, form, value, elements.at(i))
            return i - 1 if reverse else i + 1, after, [a.write(i, t) for a, t in zip(arrays, after)]

        made = while_loop_v1(
            (lambda i, *_: i >= 0) if reverse else (lambda i, *_: _less(i, n)),
            step,
            (first, value, arrays),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            maximum_iterations=n,
        )[2]
        return nest.pack_sequence_as(form, _results(elements, made))


def _start(elements, initializer, reverse):
    """(number of elements, position to begin with, first value as a flat list)."""
    n = elements.count
    if initializer is not None:
        value = [convert_to_tensor(t) for t in nest.flatten(initializer)]
        return n, convert_to_tensor(n - 1 if reverse else 0, dtypes.int32), value
    value = nest.flatten(elements.at(n - 1 if reverse else 0))
    return n, convert_to_tensor(n - 2 if reverse else 1, dtypes.int32), value


def _combined(fn, form, value, element):
    """The next accumulated value, flat. Raises ValueError when its structure or shape is not that of the one before."""
    after = fn(nest.pack_sequence_as(form, value), element)
    nest.assert_same_structure(form, after)
    made = [convert_to_tensor(t, dtype_hint=v.dtype) for t, v in zip(nest.flatten(after), value)]
    for t, v in zip(made, value):
        if not shapes.compatible(t._shape, v._shape):
            raise ValueError(
                f"Inconsistent shapes: saw {shapes.TensorShape(t._shape)} but expected {shapes.TensorShape(v._shape)}"
            )
    return made


def foldl(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """The last result of `a = fn(a, element)` over the elements of `elems` along dimension 0, from the first to the last.

    `initializer` is the first value; the first element without it. Raises TypeError when `fn` is no function.
    """
    return _fold(fn, elems, initializer, parallel_iterations, back_prop, name, "foldl", reverse=False)


def foldr(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """The last result of `a = fn(a, element)` over the elements of `elems` along dimension 0, from the last to the first.

    `initializer` is the first value; the last element without it. Raises TypeError when `fn` is no function.
    """
    return _fold(fn, elems, initializer, parallel_iterations, back_prop, name, "foldr", reverse=True)


def _fold(fn, elems, initializer, parallel_iterations, back_prop, name, scope, reverse):
    _callable(fn)
    with name_scope(name, scope, nest.flatten(elems)):
        elements = _Elements(elems)
        n, first, value = _start(elements, initializer, reverse)
        form = elems if initializer is None else initializer

        def step(i, value):
            return i - 1 if reverse else i + 1, _combined(fn, form, value, elements.at(i))

        made = while_loop_v1(
            (lambda i, _: i >= 0) if reverse else (lambda i, _: _less(i, n)),
            step,
            (first, value),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            maximum_iterations=n,
        )[1]
        return nest.pack_sequence_as(form, made)


def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    """`fn` of every element of `elems` along dimension 0, stacked; `fn` may give any structure of tensors.

    Here it is `map_fn` with the dtypes found by tracing; results of `fn` that hang on no element are repeated.
    """
    _callable(fn)
    elems = nest.map_structure(convert_to_tensor, elems)
    if executing_eagerly():
        rows = [array.unstack(t) for t in nest.flatten(elems)]
        made = [fn(nest.pack_sequence_as(elems, list(row))) for row in zip(*rows, strict=True)]
        if not made:
            raise ValueError("vectorized_map needs at least one element.")
        stacked = [array.stack(list(leaves)) for leaves in zip(*(nest.flatten(m) for m in made))]
        return nest.pack_sequence_as(made[0], stacked)
    with name_scope(None, "loop_body") as scope:
        graph = body_graph("vectorized_map", scope)
        result, leaves = traced(graph, fn, nest.map_structure(lambda t: _element(graph, t), elems))
    kinds = nest.pack_sequence_as(result, [t.dtype.base_dtype for t in leaves]) if nest.is_nested(result) else leaves[0].dtype
    return map_fn(fn, elems, dtype=kinds)


def _element(graph, t):
    """A stand-in for one element of `t` in a graph that is thrown away."""
    return graph.add_input(t.dtype.base_dtype, None if t._shape is None else t._shape[1:], "element")
