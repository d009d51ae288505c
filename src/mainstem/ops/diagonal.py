"""Diagonals: building, reading and setting them, and band masks.

Which element goes where depends on static shapes only, so NumPy index maps are made when compiling and applied as one gather.
"""

import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops.twin import default_types

HELD = dtypes.DEVICE
TENSOR_DIAG = dtypes.NUMERIC


def _band(k):
    """(lowest, highest) diagonal of `k`: one number or two. Raises ValueError when they are out of order."""
    k = [int(v) for v in np.asarray(k).reshape(-1)]
    if len(k) not in (1, 2) or k[0] > k[-1]:
        raise ValueError(f"diag_index must be one number or two in ascending order. Got {k}.")
    return k[0], k[-1]


def _longest(rows, cols, low, high):
    return min(rows + min(high, 0), cols - max(low, 0))


def _offset(d, rows, cols, longest, align):
    """How far diagonal `d` is moved right inside a row of packed diagonals."""
    length = min(rows + min(d, 0), cols - max(d, 0))
    above, below = align.split("_")
    side = above if d >= 0 else below
    return longest - length if side == "RIGHT" else 0


def _packed_place(rows, cols, low, high, longest, align):
    """For every cell of a matrix (whether it is in the band, its flat place in the packed diagonals)."""
    i, j = np.indices((rows, cols))
    d = j - i
    inside = (d >= low) & (d <= high)
    offsets = np.array([_offset(x, rows, cols, longest, align) for x in range(low, high + 1)] or [0])
    shift = offsets[np.clip(d - low, 0, max(high - low, 0))]
    place = (high - d) * longest + np.minimum(i, j) + shift
    return inside, np.where(inside, place, 0)


def _matrix_place(rows, cols, low, high, longest, align):
    """For every cell of the packed diagonals (whether the matrix has it, its flat place there)."""
    m, n = np.indices((high - low + 1, longest))
    d = high - m
    offsets = np.array([_offset(x, rows, cols, longest, align) for x in range(high, low - 1, -1)])
    at = n - offsets[m]
    i, j = at + np.maximum(-d, 0), at + np.maximum(d, 0)
    inside = (at >= 0) & (i < rows) & (j < cols)
    return inside, np.where(inside, i * cols + j, 0)


def _taken(flat, place, inside, otherwise):
    """`flat[.., place]` where `inside`, else `otherwise` (a scalar or an array of the result's shape)."""
    found = flat[..., place.reshape(-1)].reshape(flat.shape[:-1] + place.shape)
    return found if inside.all() else jnp.where(inside, found, otherwise)


def _is_packed(low, high):
    return low != high


def _spread(diagonal, low, high, rows, cols, otherwise, align):
    lead = diagonal.shape[: -2 if _is_packed(low, high) else -1]
    longest = diagonal.shape[-1]
    inside, place = _packed_place(rows, cols, low, high, longest, align)
    return _taken(diagonal.reshape(lead + (-1,)), place, inside, otherwise)


def _sizes(longest, low, high, rows, cols):
    """Rows and columns of the matrix that holds these diagonals, where -1 means as few as possible."""
    least_rows, least_cols = longest - min(high, 0), longest + max(low, 0)
    if rows == -1 and cols == -1:
        rows = cols = max(least_rows, least_cols)
    rows, cols = least_rows if rows == -1 else rows, least_cols if cols == -1 else cols
    if rows < least_rows or cols < least_cols or (rows != least_rows and cols != least_cols):
        raise ValueError(f"The number of rows {rows} and columns {cols} do not fit diagonals of length {longest}")
    return rows, cols


def _diag(diagonal, k, num_rows, num_cols, padding_value, align):
    low, high = _band(k)
    rows, cols = _sizes(diagonal.shape[-1], low, high, int(num_rows), int(num_cols))
    return _spread(diagonal, low, high, rows, cols, padding_value, align)


def _diag_part(input, k, padding_value, align):
    low, high = _band(k)
    rows, cols = input.shape[-2:]
    if low <= -rows or high >= cols:
        raise ValueError(f"lower_diag_index and upper_diag_index must be in ({-rows}, {cols}). Got {low}, {high}.")
    inside, place = _matrix_place(rows, cols, low, high, _longest(rows, cols, low, high), align)
    if not _is_packed(low, high):
        inside, place = inside[0], place[0]
    return _taken(input.reshape(input.shape[:-2] + (-1,)), place, inside, padding_value)


def _set_diag(input, diagonal, k, align):
    low, high = _band(k)
    return _spread(diagonal, low, high, *input.shape[-2:], input, align)


def _diag_shape(inputs, attrs):
    shape = inputs[0].shape
    return [None if shape is None else shape + shape[-1:]]


def _diag_part_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is None:
        return [None]
    if len(shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(shape)}")
    return [shape[:-2] + (None if None in shape[-2:] else min(shape[-2:]),)]


def _tensor_diag_shape(inputs, attrs):
    shape = inputs[0].shape
    return [None if shape is None else shape + shape]


def _tensor_diag_part_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is None:
        return [None]
    half = len(shape) // 2
    if len(shape) % 2 or not half:
        raise ValueError(f"Input must have even and non-zero rank, input rank is {len(shape)}")
    return [shapes.merge(shape[:half], shape[half:])]


STATIC = ("k", "num_rows", "num_cols")


@op("MatrixDiag", "T -> T", T=HELD, shape=_diag_shape)
def matrix_diag(diagonal):
    """Matrices [.., n, n] with `diagonal` [.., n] and zeros."""
    return _diag(diagonal, 0, -1, -1, jnp.zeros((), diagonal.dtype), "LEFT_LEFT")


@op("MatrixDiagV2", "T, k:int32, num_rows:int32, num_cols:int32, T -> T", T=HELD, static=STATIC)
def matrix_diag_v2(diagonal, k, num_rows, num_cols, padding_value):
    """Matrices with the packed diagonals k[0] .. k[1], else `padding_value`; packed rows are aligned to the left."""
    return _diag(diagonal, k, num_rows, num_cols, padding_value, "LEFT_LEFT")


@op("MatrixDiagV3", "T, k:int32, num_rows:int32, num_cols:int32, T -> T", T=HELD, static=STATIC)
def matrix_diag_v3(diagonal, k, num_rows, num_cols, padding_value, *, align="RIGHT_LEFT"):
    """As MatrixDiagV2; `align` says how diagonals above and below the main one are aligned."""
    return _diag(diagonal, k, num_rows, num_cols, padding_value, align)


@op("MatrixDiagPart", "T -> diagonal:T", T=HELD, shape=_diag_part_shape)
def matrix_diag_part(input):
    """The main diagonal [.., min(m, n)] of `input` [.., m, n]."""
    return _diag_part(input, 0, jnp.zeros((), input.dtype), "LEFT_LEFT")


@op("MatrixDiagPartV2", "T, k:int32, T -> diagonal:T", T=HELD, static=("k",))
def matrix_diag_part_v2(input, k, padding_value):
    """The diagonals k[0] .. k[1] of `input`, the highest first, aligned to the left and filled with `padding_value`."""
    return _diag_part(input, k, padding_value, "LEFT_LEFT")


@op("MatrixDiagPartV3", "T, k:int32, T -> diagonal:T", T=HELD, static=("k",))
def matrix_diag_part_v3(input, k, padding_value, *, align="RIGHT_LEFT"):
    """As MatrixDiagPartV2; `align` says how diagonals above and below the main one are aligned."""
    return _diag_part(input, k, padding_value, align)


@op("MatrixSetDiag", "T, T -> T", T=HELD, shape=same_shape)
def matrix_set_diag(input, diagonal):
    """`input` [.., m, n] with its main diagonal replaced."""
    return _set_diag(input, diagonal, 0, "LEFT_LEFT")


@op("MatrixSetDiagV2", "T, T, k:int32 -> T", T=HELD, static=("k",), shape=same_shape)
def matrix_set_diag_v2(input, diagonal, k):
    """`input` with its diagonals k[0] .. k[1] replaced by packed ones aligned to the left."""
    return _set_diag(input, diagonal, k, "LEFT_LEFT")


@op("MatrixSetDiagV3", "T, T, k:int32 -> T", T=HELD, static=("k",), shape=same_shape)
def matrix_set_diag_v3(input, diagonal, k, *, align="RIGHT_LEFT"):
    """As MatrixSetDiagV2; `align` says how diagonals above and below the main one are aligned."""
    return _set_diag(input, diagonal, k, align)


@op("MatrixBandPart", "T, Tindex, Tindex -> band:T", T=HELD, Tindex=dtypes.INDEX, shape=same_shape)
def matrix_band_part(input, num_lower, num_upper):
    """`input` with zeros outside `num_lower` diagonals below and `num_upper` above the main one; -1 keeps all."""
    i, j = np.indices(input.shape[-2:], np.int64)
    down, up = num_lower.astype(np.int64), num_upper.astype(np.int64)
    keep = ((down < 0) | (i - j <= down)) & ((up < 0) | (j - i <= up))
    return jnp.where(keep, input, jnp.zeros((), input.dtype))


default_types(matrix_band_part, {"Tindex": dtypes.int64})


@op("Diag", "T -> T", T=TENSOR_DIAG, shape=_tensor_diag_shape)
def diag(diagonal):
    """The tensor of twice the rank with `diagonal` on its diagonal: out[i.., i..] = diagonal[i..]."""
    n, shape = diagonal.size, diagonal.shape
    return _diag(diagonal.reshape(n), 0, -1, -1, jnp.zeros((), diagonal.dtype), "LEFT_LEFT").reshape(shape + shape)


@op("DiagPart", "T -> diagonal:T", T=TENSOR_DIAG, shape=_tensor_diag_part_shape)
def diag_part(input):
    """The diagonal of a tensor of even rank whose shape is the same twice over."""
    half = input.shape[: input.ndim // 2]
    n = int(np.prod(half, dtype=np.int64))
    return input.reshape(-1)[np.arange(n) * (n + 1)].reshape(half)


def _cross_shape(inputs, attrs):
    shape = shapes.merge(inputs[0].shape, inputs[1].shape)
    if shape is not None and (not shape or shape[-1] not in (None, 3)):
        raise ValueError(f"The last dimension must be 3. Got shape {shapes.show(shape)}.")
    return [shape]


@op("Cross", "T, T -> product:T", T=dtypes.REAL, shape=_cross_shape)
def cross(a, b):
    """The cross product of the vectors of 3 in the last dimension."""
    return jnp.cross(a, b)
