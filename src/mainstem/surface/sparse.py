"""`tf.sparse.*`: functions on `SparseTensor`. A result that has entries where an input has them shares its indices."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.registry import lookup
from mainstem.grad.registry import RegisterGradient, not_differentiable
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.sparse_tensor import SparseTensor, SparseTensorValue
from mainstem.ops import array, fill, index, math, slicing
from mainstem.ops import sparse as ops
from mainstem.ops import sparse_host as host
from mainstem.run.fetches import register_fetch
from mainstem.surface.array import constant_value
from mainstem.surface.array import range as range_
from mainstem.surface.framework import convert_to_tensor, identity, name_scope
from mainstem.surface.framework import placeholder as dense_placeholder
from mainstem.surface.math import cast


def _parts(sp):
    return [sp.indices, sp.values, sp.dense_shape]


def _feed(sp, value):
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        raise TypeError(f"A SparseTensor is fed with a SparseTensorValue or (indices, values, dense_shape). Got {value!r}.")
    return list(zip(_parts(sp), value, strict=True))


register_fetch(SparseTensor, lambda sp: (_parts(sp), lambda values: SparseTensorValue(*values)), _feed)


def convert_to_sparse(value, name="sp_input"):
    """Gives a SparseTensor for one or for a SparseTensorValue. Raises TypeError for anything else."""
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError(f"'{name}' must be a SparseTensor. Got {value!r} of type {type(value).__name__}.")
    return value


def convert_to_tensor_or_sparse_tensor(value, dtype=None, name=None):
    """A SparseTensor as it is, anything else as a tensor. Raises RuntimeError for a SparseTensor of another dtype."""
    if isinstance(value, (SparseTensor, SparseTensorValue)):
        value = convert_to_sparse(value)
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise RuntimeError(f"Sparse dtype: requested = {dtypes.as_dtype(dtype).name}, actual = {value.dtype.name}")
        return value
    return convert_to_tensor(value, dtype, name=name)


def _same_places(sp, values):
    return SparseTensor(sp.indices, values, sp.dense_shape)


def placeholder(dtype, shape=None, name=None):
    """A SparseTensor that every `Session.run` must feed, with a SparseTensorValue or (indices, values, dense_shape)."""
    known = shapes.as_tuple(shape)
    rank = None if known is None else len(known)

    def part(suffix):
        return None if name is None else f"{name}/{suffix}"

    if shapes.known(known):
        size = convert_to_tensor(np.array(known, np.int64), name=part("shape"))
    else:
        size = dense_placeholder(dtypes.int64, [rank], name=part("shape"))
    values = dense_placeholder(dtype, [None], name=part("values"))
    return SparseTensor(dense_placeholder(dtypes.int64, [None, rank], name=part("indices")), values, size)


# ---- to and from dense


def sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value=0, validate_indices=True, name=None):
    """A dense tensor of `output_shape` with `sparse_values` at `sparse_indices` (scalar, [n] or [n, rank])."""
    return ops.sparse_to_dense(
        sparse_indices, output_shape, sparse_values, default_value, validate_indices=validate_indices, name=name
    )


def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The dense tensor of a SparseTensor, `default_value` (zero, or "") where it has no entry."""
    sp_input = convert_to_sparse(sp_input)
    kind = sp_input.dtype.base_dtype
    if default_value is None:
        default_value = np.array(b"", object) if kind is dtypes.string else np.zeros((), kind.np)
    return ops.sparse_to_dense(
        sp_input.indices, sp_input.dense_shape, sp_input.values, default_value, validate_indices=validate_indices, name=name
    )


def from_dense(tensor, name=None):
    """The SparseTensor of the non-zero (non-empty) entries of a tensor."""
    with name_scope(name, "dense_to_sparse"):
        tensor = convert_to_tensor(tensor)
        zero = np.array(b"", object) if tensor.dtype is dtypes.string else np.zeros((), tensor.dtype.as_numpy_dtype)
        where = index.where(math.not_equal(tensor, zero))
        return SparseTensor(where, index.gather_nd(tensor, where), array.shape(tensor, out_type=dtypes.int64))


def to_indicator(sp_input, vocab_size, name=None):
    """A dense bool tensor whose last dimension, of `vocab_size`, marks the ids that the values of `sp_input` are."""
    sp_input = convert_to_sparse(sp_input)
    with name_scope(name, "SparseToIndicator", _parts(sp_input)) as scope:
        ones = fill.fill(array.shape(sp_input.values), np.True_)
        merged = merge(sp_input, _same_places(sp_input, ones), vocab_size)
        return to_dense(merged, default_value=False, validate_indices=False, name=scope)


def merge(sp_ids, sp_values, vocab_size, name=None, already_sorted=False):
    """Entries at the places that ids name: the last dimension is replaced by the ids of `sp_ids`, of size `vocab_size`."""
    if not isinstance(sp_ids, (list, tuple)):
        sp_ids, vocab_size = [sp_ids], [vocab_size]
    if len(sp_ids) != len(vocab_size):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    sp_ids, sp_values = [convert_to_sparse(s, "sp_ids") for s in sp_ids], convert_to_sparse(sp_values, "sp_values")
    with name_scope(name, "SparseMerge", [p for s in sp_ids for p in _parts(s)] + _parts(sp_values)):
        ids = [array.expand_dims(cast(s.values, dtypes.int64), 1) for s in sp_ids]
        size = [array.reshape(cast(convert_to_tensor(v), dtypes.int64), [1]) for v in vocab_size]
        sp_ids = sp_ids[0]
        rank = shapes.as_tuple(sp_ids.indices.shape)[1]
        if rank is None:
            raise NotImplementedError("tf.sparse.merge: the rank of sp_ids must be known when the graph is built.")
        kept = slicing.strided_slice(sp_ids.indices, [0, 0], [0, -1], [1, 1], begin_mask=3, end_mask=1)
        indices = array.concat_v2([kept, *ids], np.int32(1))
        front = slicing.strided_slice(sp_ids.dense_shape, [0], [-1], [1], begin_mask=1)
        result = SparseTensor(indices, sp_values.values, array.concat_v2([front, *size], np.int32(0)))
        return result if already_sorted else reorder(result)


# ---- arithmetic


def matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The sparse matrix `sp_a` [m, k] times the dense matrix `b` [k, n]; dense gradients flow to `b` and to the entries."""
    sp_a = convert_to_sparse(sp_a, "sp_a")
    with name_scope(name, "SparseTensorDenseMatMul", [*_parts(sp_a), b]):
        b = convert_to_tensor(b, name="b")
        return ops.sparse_tensor_dense_matmul(*_parts(sp_a), b, adjoint_a=adjoint_a, adjoint_b=adjoint_b)


def add(a, b, threshold=0):
    """The sum of two SparseTensors, or of one and a dense tensor (then dense).

    `threshold`: entries that both have stay only if the size of their sum is at least this.
    Raises TypeError when both are dense.
    """
    kinds = (SparseTensor, SparseTensorValue)
    if not isinstance(a, kinds) and not isinstance(b, kinds):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if isinstance(a, kinds) and isinstance(b, kinds):
        a, b = convert_to_sparse(a, "a"), convert_to_sparse(b, "b")
        limit = convert_to_tensor(threshold, dtype=a.dtype.real_dtype.base_dtype, name="threshold")
        indices, values, size = host.sparse_add(*_parts(a), *_parts(b), limit)
        shapes.merge(_shape(a), _shape(b))
        known = constant_value(a.dense_shape)
        return SparseTensor(indices, values, size if known is None else known)
    sparse, dense = (a, b) if isinstance(a, kinds) else (b, a)
    return ops.sparse_tensor_dense_add(*_parts(convert_to_sparse(sparse)), dense)


def add_v1(a, b, threshold=None, thresh=None):
    """As `add`; `thresh` is the old name of `threshold`."""
    chosen = thresh if threshold is None else threshold
    return add(a, b, 0 if chosen is None else chosen)


def _shape(sp):
    return shapes.as_tuple(sp.get_shape())


def _extreme(op, name):
    def function(sp_a, sp_b, name=None):
        sp_a, sp_b = convert_to_sparse(sp_a, "sp_a"), convert_to_sparse(sp_b, "sp_b")
        indices, values = op(*_parts(sp_a), *_parts(sp_b), name=name)
        return SparseTensor(indices, values, sp_a.dense_shape)

    function.__name__, function.__doc__ = name, f"The elementwise {name} of two SparseTensors of one shape."
    return function


maximum = _extreme(host.sparse_maximum, "maximum")
minimum = _extreme(host.sparse_minimum, "minimum")


def softmax(sp_input, name=None):
    """The softmax over the entries of each row of the last dimension."""
    sp_input = convert_to_sparse(sp_input)
    with name_scope(name, "SparseSoftmax", _parts(sp_input)):
        return _same_places(sp_input, ops.sparse_softmax(*_parts(sp_input)))


def _either(new, old):
    return old if new is None else new


def _all_axes(sp_input, axis):
    if axis is not None:
        return np.atleast_1d(axis).astype(np.int32) if not hasattr(axis, "op") else axis
    rank = sp_input.get_shape().ndims
    if rank is not None:
        return np.arange(rank, dtype=np.int32)
    return range_(array.size(sp_input.dense_shape))


def _reduced(op, sp_input, axis, keepdims, name):
    sp_input = convert_to_sparse(sp_input)
    return op(*_parts(sp_input), _all_axes(sp_input, axis), keep_dims=bool(keepdims), name=name)


def _reduction(dense, sparse, what):
    def modern(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
        made = _reduced(sparse if output_is_sparse else dense, sp_input, axis, keepdims, name)
        return SparseTensor(*made) if output_is_sparse else made

    def old(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
        return _reduced(dense, sp_input, _either(axis, reduction_axes), _either(keepdims, keep_dims), None)

    def old_sparse(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
        return SparseTensor(*_reduced(sparse, sp_input, _either(axis, reduction_axes), _either(keepdims, keep_dims), None))

    modern.__doc__ = f"The {what} of the entries over `axis` (None: all), dense unless `output_is_sparse`."
    old.__doc__ = f"The {what} of the entries over `axis` (None: all), dense; `reduction_axes`, `keep_dims` are old names."
    old_sparse.__doc__ = f"The {what} of the entries over `axis` (None: all), as a SparseTensor."
    return modern, old, old_sparse


reduce_sum, reduce_sum_v1, reduce_sum_sparse = _reduction(ops.sparse_reduce_sum, host.sparse_reduce_sum_sparse, "sum")
reduce_max, reduce_max_v1, reduce_max_sparse = _reduction(ops.sparse_reduce_max, host.sparse_reduce_max_sparse, "maximum")


# ---- order, shape, parts


def reorder(sp_input, name=None):
    """The entries in row-major order."""
    sp_input = convert_to_sparse(sp_input)
    indices, values = ops.sparse_reorder(*_parts(sp_input), name=name)
    known = constant_value(sp_input.dense_shape)
    return SparseTensor(indices, values, sp_input.dense_shape if known is None else known)


def reshape(sp_input, shape, name=None):
    """The same entries in another dense shape, of which one dimension may be -1."""
    sp_input = convert_to_sparse(sp_input)
    shape = cast(convert_to_tensor(shape), dtypes.int64)
    with name_scope(name, "SparseReshape", _parts(sp_input)):
        indices, size = ops.sparse_reshape(sp_input.indices, sp_input.dense_shape, shape, name=None)
        wanted, have = constant_value(shape), _shape(sp_input)
        if wanted is not None and shapes.known(have) and (wanted >= 0).sum() >= len(wanted) - 1:
            rest = int(np.prod(have)) // max(int(np.prod(wanted[wanted >= 0])), 1)
            size = np.where(wanted < 0, rest, wanted).astype(np.int64)
        return SparseTensor(indices, identity(sp_input.values), size)


def transpose(sp_input, perm=None, name=None):
    """The dimensions in the order `perm` (reversed by default)."""
    sp_input = convert_to_sparse(sp_input)
    with name_scope(name, "SparseTranspose"):
        if perm is None:
            rank = sp_input.get_shape().ndims
            if rank is None:
                raise NotImplementedError("tf.sparse.transpose: without 'perm' the rank must be known when the graph is built.")
            perm = np.arange(rank - 1, -1, -1, dtype=np.int32)
        indices = index.gather_v2(sp_input.indices, perm, np.int32(1))
        size = index.gather_v2(sp_input.dense_shape, perm, np.int32(0))
        known = _shape(sp_input)
        if shapes.known(known) and isinstance(perm, (list, tuple, np.ndarray)):
            size = np.array([known[i] for i in perm], np.int64)
        return reorder(SparseTensor(indices, sp_input.values, size))


def expand_dims(sp_input, axis=None, name=None):
    """A new dimension of size 1 at `axis` (the end by default; an int)."""
    sp_input = convert_to_sparse(sp_input)
    rank = sp_input.get_shape().ndims
    if rank is None:
        raise NotImplementedError("tf.sparse.expand_dims: the rank must be known when the graph is built.")
    axis = -1 if axis is None else int(axis)
    at = axis + rank + 1 if axis < 0 else axis
    with name_scope(name, "expand_dims"):
        zeros = math.mul(slicing.strided_slice(sp_input.indices, [0, 0], [0, 1], [1, 1], begin_mask=3, end_mask=1), np.int64(0))
        before = slicing.strided_slice(sp_input.indices, [0, 0], [0, at], [1, 1], begin_mask=3, end_mask=1)
        after = slicing.strided_slice(sp_input.indices, [0, at], [0, 0], [1, 1], begin_mask=1, end_mask=3)
        size = array.concat_v2(
            [
                slicing.strided_slice(sp_input.dense_shape, [0], [at], [1], begin_mask=1),
                np.array([1], np.int64),
                slicing.strided_slice(sp_input.dense_shape, [at], [0], [1], end_mask=1),
            ],
            np.int32(0),
        )
        return SparseTensor(array.concat_v2([before, zeros, after], np.int32(1)), sp_input.values, size)


def eye(num_rows, num_columns=None, dtype=dtypes.float32, name=None):
    """The identity matrix (ones on the main diagonal) as a SparseTensor; sizes are ints."""
    columns = num_rows if num_columns is None else num_columns
    with name_scope(name, "eye", [num_rows, columns]):
        n = np.arange(min(num_rows, columns), dtype=np.int64)
        return SparseTensor(
            np.stack([n, n], 1), np.ones(len(n), dtypes.as_dtype(dtype).np), np.array([num_rows, columns], np.int64)
        )


def concat(axis, sp_inputs, expand_nonconcat_dims=False, name=None):
    """SparseTensors side by side along `axis`; with `expand_nonconcat_dims` the other dimensions may differ (known ones only)."""
    inputs = [convert_to_sparse(s, "sp_inputs") for s in sp_inputs]
    if len(inputs) == 1:
        return inputs[0]
    sizes = [s.dense_shape for s in inputs]
    if expand_nonconcat_dims:
        known = [_shape(s) for s in inputs]
        if not all(map(shapes.known, known)):
            raise NotImplementedError("tf.sparse.concat: expand_nonconcat_dims needs shapes known when the graph is built.")
        top, at = np.max(known, 0), axis % len(known[0])
        sizes = [np.array([k[i] if i == at else top[i] for i in range(len(k))], np.int64) for k in known]
    indices, values, size = ops.sparse_concat(
        [s.indices for s in inputs], [s.values for s in inputs], sizes, concat_dim=axis, name=name
    )
    return SparseTensor(indices, values, size)


def concat_v1(axis, sp_inputs, name=None, expand_nonconcat_dim=False, concat_dim=None, expand_nonconcat_dims=None):
    """As `concat`; `concat_dim` and `expand_nonconcat_dim` are old names."""
    expand = expand_nonconcat_dim if expand_nonconcat_dims is None else expand_nonconcat_dims
    return concat(axis if concat_dim is None else concat_dim, sp_inputs, expand, name)


def split(sp_input=None, num_split=None, axis=None, name=None):
    """A list of `num_split` SparseTensors, cut along `axis`."""
    for value, what in ((sp_input, "sp_input"), (num_split, "num_split"), (axis, "axis")):
        if value is None:
            raise ValueError(f"{what} is required")
    sp_input = convert_to_sparse(sp_input)
    made = host.sparse_split(np.int64(axis), *_parts(sp_input), num_split=num_split, name=name)
    return [SparseTensor(*part) for part in zip(*made, strict=True)]


def split_v1(keyword_required=None, sp_input=None, num_split=None, axis=None, name=None, split_dim=None):
    """As `split`, by keywords only; `split_dim` is the old name of `axis`."""
    if keyword_required is not None:
        raise ValueError("Keyword arguments are required for this function.")
    return split(sp_input, num_split, axis if split_dim is None else split_dim, name)


def slice_(sp_input, start, size, name=None):
    """The part of a SparseTensor from `start`, of `size`."""
    sp_input = convert_to_sparse(sp_input)
    start, size = (convert_to_tensor(v, dtypes.int64) for v in (start, size))
    with name_scope(name, "SparseSlice", _parts(sp_input)) as scope:
        return SparseTensor(*host.sparse_slice(*_parts(sp_input), start, size, name=scope))


def retain(sp_input, to_retain):
    """The entries where the bool vector `to_retain` is True."""
    sp_input = convert_to_sparse(sp_input)
    to_retain = convert_to_tensor(to_retain)
    shapes.merge(shapes.as_tuple(sp_input.values.shape), shapes.as_tuple(to_retain.shape))
    where = array.reshape(index.where(to_retain), np.array([-1], np.int32))
    indices = index.gather_v2(sp_input.indices, where, np.int32(0))
    return SparseTensor(indices, index.gather_v2(sp_input.values, where, np.int32(0)), identity(sp_input.dense_shape))


def reset_shape(sp_input, new_shape=None):
    """The same entries with a larger dense shape, or (None) with the smallest that holds them."""
    sp_input = convert_to_sparse(sp_input)
    if new_shape is not None:
        size = cast(convert_to_tensor(new_shape), dtypes.int64)
        have, want = _shape(sp_input), constant_value(size)
        if shapes.known(have) and want is not None:
            if len(have) != len(want):
                raise ValueError(f"Shapes {have} and {tuple(want.tolist())} must have the same rank")
            if (np.array(have) > want).any():
                raise ValueError(f"New shape {tuple(want.tolist())} should have dimensions >= the existing ones {have}.")
            size = want
    else:
        top = lookup("Max")(sp_input.indices, np.array([0], np.int32))
        size = math.maximum(np.int64(0), math.add(top, np.int64(1)))
    return SparseTensor(identity(sp_input.indices), identity(sp_input.values), size)


def fill_empty_rows(sp_input, default_value, name=None):
    """(The SparseTensor with `default_value` at column 0 of every empty row, a bool vector of which rows were empty)."""
    sp_input = convert_to_sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", _parts(sp_input)):
        default = convert_to_tensor(default_value, dtype=sp_input.values.dtype.base_dtype)
        indices, values, empty, _ = host.sparse_fill_empty_rows(*_parts(sp_input), default)
        return SparseTensor(indices, values, sp_input.dense_shape), empty


def mask(a, mask_indices, name=None):
    """IndexedSlices without the rows that `mask_indices` names."""
    with name_scope(name, "sparse_mask", [a, mask_indices]) as scope:
        indices, places = lookup("ListDiff")(a.indices, convert_to_tensor(mask_indices, a.indices.dtype))
        return IndexedSlices(index.gather_v2(a.values, places, np.int32(0), name=scope), indices, a.dense_shape)


def map_values(op, *args, **kwargs):
    """`op` applied to the values of the SparseTensors among the arguments, which must share their places."""
    found = [a for a in (*args, *kwargs.values()) if isinstance(a, SparseTensor)]
    if not found:
        raise ValueError("No SparseTensor in argument list of map_values")
    plain = [a.values if isinstance(a, SparseTensor) else a for a in args]
    named = {k: a.values if isinstance(a, SparseTensor) else a for k, a in kwargs.items()}
    return _same_places(found[0], op(*plain, **named))


def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """Levenshtein's distance of the sequences in the last dimension of two SparseTensors, float32."""
    hypothesis, truth = convert_to_sparse(hypothesis, "hypothesis"), convert_to_sparse(truth, "truth")
    return host.edit_distance(*_parts(hypothesis), *_parts(truth), normalize=normalize, name=name)


# ---- operators and gradients


def _operator(op, node):
    def operator(sp, other):
        with name_scope(None, node) as name:
            other = convert_to_tensor(other, dtype=sp.dtype.base_dtype, name="y")
            return _same_places(sp, op(*_parts(sp), other, name=name))

    operator.__doc__ = f"The entries by `{op.name}` with a dense tensor that broadcasts to the shape."
    return operator


SparseTensor.__mul__ = _operator(ops.sparse_dense_cwise_mul, "mul")
SparseTensor.__truediv__ = _operator(ops.sparse_dense_cwise_div, "truediv")
SparseTensor.__div__ = _operator(ops.sparse_dense_cwise_div, "div")

for _name in ("SparseSparseMaximum", "SparseSparseMinimum", "SparseReduceMax", "EditDistance"):
    not_differentiable(_name)


@RegisterGradient("SparseFillEmptyRows")
def _fill_empty_rows_gradient(op, *grads):
    values, default = host.sparse_fill_empty_rows_grad(op.outputs[3], grads[1])
    return [None, values, None, default]


@RegisterGradient("SparseAdd")
def _add_gradient(op, *grads):
    a, b = host.sparse_add_grad(grads[1], op.inputs[0], op.inputs[3], op.outputs[0])
    return [None, a, None, None, b, None, None]
