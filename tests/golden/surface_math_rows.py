"""Calls whose graph nodes and values TensorFlow 1.15 and Mainstem must agree on; also read under Python 3.7.

A row is Python source over `tf` and the fed tensors of `FEEDS`. Rows of `VALUES_ONLY` build other nodes here than there.
"""

import numpy as np

_rng = np.random.RandomState(7)
FEEDS = {
    "x": np.round(_rng.standard_normal((2, 3)), 3).astype("float32"),
    "y": np.array([0.5, -1.5, 2.0], "float32"),
    "p": np.array([[0.5, 1.5, 2.0], [3.0, 0.1, 1.0]], "float32"),
    "i": np.array([-7, 5, 3], "int32"),
    "j": np.array([3, -2, 2], "int32"),
    "l": np.array([-7, 5, 3], "int64"),
    "u": np.array([200, 100, 7], "uint8"),
    "b": np.array([True, False, True]),
    "d": np.array([True, True, False]),
    "m": np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]], "float32"),
    "t": np.round(_rng.standard_normal((2, 3, 4)), 3).astype("float32"),
    "c": np.array([1 + 2j, -3j, 0.5], "complex64"),
    "wave": np.round(np.sin(np.arange(20) * 0.7), 3).astype("float32"),
    "ids": np.array([0, 0, 2], "int32"),
}

NODES = """
x + y | x - 1.0 | 2.0 * x | x / 2 | x / y | i / j | i // j | x // y | i % j | x % 2.0 | x ** 2.0 | 2.0 ** x | -x | abs(x)
1 - x | 3 / p | 7 // j | 7 % j | x < y | x <= 0.0 | x > y | x >= y | b & d | b | d | b ^ d | ~b | l / l | u / u | m @ m
(x + 1) * (x - 1) / (y + 2) | x[0] * 2 | np.float32(2) * x | [1.0, 2.0, 3.0] + x
tf.add(x, y) | tf.subtract(x, y) | tf.multiply(x, y) | tf.divide(x, y) | tf.divide(i, j) | tf.div(i, j) | tf.div(x, y)
tf.truediv(i, j) | tf.floordiv(i, j) | tf.floor_div(i, j) | tf.truncatediv(i, j) | tf.truncatemod(i, j) | tf.mod(i, j)
tf.floormod(x, y) | tf.realdiv(x, y) | tf.div_no_nan(x, y) | tf.pow(p, 2.0) | tf.maximum(x, y) | tf.minimum(x, 0.0)
tf.squared_difference(x, y) | tf.equal(i, j) | tf.not_equal(i, 3) | tf.less(x, y) | tf.greater_equal(x, 0.0)
tf.logical_and(b, d) | tf.logical_or(b, d) | tf.logical_xor(b, d) | tf.logical_not(b) | tf.abs(x) | tf.abs(c) | tf.negative(x)
tf.sign(x) | tf.square(x) | tf.sqrt(p) | tf.rsqrt(p) | tf.exp(x) | tf.log(p) | tf.log1p(p) | tf.expm1(x) | tf.sin(x) | tf.cos(x)
tf.tan(x) | tf.atan(x) | tf.atan2(x, p) | tf.sinh(x) | tf.tanh(x) | tf.sigmoid(x) | tf.floor(x) | tf.ceil(x) | tf.round(x)
tf.round(i) | tf.rint(x) | tf.reciprocal(p) | tf.is_nan(x) | tf.is_finite(x) | tf.lgamma(p) | tf.erf(x) | tf.cast(x, tf.int32)
tf.cast(x, tf.float32) | tf.cast(i, "float64") | tf.to_float(i) | tf.to_int32(x) | tf.to_int64(x) | tf.to_double(x)
tf.saturate_cast(x * 300.0, tf.uint8) | tf.complex(x, p) | tf.real(c) | tf.real(x) | tf.imag(c) | tf.conj(c) | tf.conj(x)
tf.scalar_mul(2.0, x) | tf.identity(tf.math.xlogy(x, p)) | tf.math.reciprocal_no_nan(x) | tf.math.polyval([x, p, x], p)
tf.bitwise.bitwise_and(i, j) | tf.bitwise.invert(i) | tf.add(x, y, name="q") | tf.log_sigmoid(x) | tf.igamma(p, p)
tf.reduce_sum(x) | tf.reduce_sum(x, 1) | tf.reduce_sum(x, axis=[0, 1], keepdims=True) | tf.reduce_mean(x, reduction_indices=[0])
tf.reduce_mean(x, 0, keep_dims=True) | tf.reduce_max(t, [1, 2]) | tf.reduce_min(x, -1, name="least") | tf.reduce_prod(y)
tf.reduce_all(b) | tf.reduce_any(b) | tf.reduce_logsumexp(x) | tf.reduce_logsumexp(x, 1, keepdims=True)
tf.count_nonzero(x > 0.0) | tf.count_nonzero(i, 0) | tf.argmax(x, 1) | tf.argmax(x) | tf.argmin(x, axis=1, output_type=tf.int32)
tf.arg_max(x, 1) | tf.cumsum(x, 1) | tf.cumsum(x, axis=0, exclusive=True) | tf.cumprod(x, 1, reverse=True)
tf.add_n([x, p, x]) | tf.add_n([x]) | tf.accumulate_n([x, p]) | tf.segment_sum(m, ids) | tf.segment_mean(m, ids)
tf.unsorted_segment_sum(m, ids, 4) | tf.unsorted_segment_max(m, ids, 4) | tf.sparse_segment_mean(m, [0, 2], [0, 1])
tf.math.reduce_variance(x, 1) | tf.math.reduce_std(x) | tf.histogram_fixed_width(x, [-1.0, 1.0], nbins=4)
tf.matmul(x, m) | tf.matmul(x, p, transpose_b=True) | tf.matmul(x, p, transpose_a=True, name="mm") | tf.matmul(t, t, transpose_b=True)
tf.matmul(t, t, adjoint_a=True) | tf.linalg.matvec(m, y) | tf.tensordot(x, m, 1) | tf.tensordot(x, p, [[0, 1], [0, 1]])
tf.tensordot(t, m, [[1], [0]]) | tf.trace(m) | tf.norm(x) | tf.norm(x, axis=1) | tf.norm(x, ord=1, axis=1, keepdims=True)
tf.cholesky(m) | tf.cholesky_solve(tf.cholesky(m), m) | tf.matrix_inverse(m) | tf.matrix_determinant(m) | tf.matrix_solve(m, m)
tf.matrix_triangular_solve(m, m) | tf.matrix_band_part(m, 1, 0) | tf.matrix_diag_part(m) | tf.diag(y) | tf.diag_part(m)
tf.eye(3) | tf.eye(2, num_columns=3) | tf.eye(2, batch_shape=[2]) | tf.linalg.adjoint(m) | tf.matrix_transpose(t)
tf.linalg.logdet(m) | tf.cross(x, p) | tf.self_adjoint_eigvals(m) | tf.qr(m) | tf.matrix_set_diag(m, y)
tf.clip_by_value(x, -0.5, 0.5) | tf.clip_by_norm(x, 1.0) | tf.clip_by_norm(x, 1.0, axes=[1]) | tf.clip_by_average_norm(x, 0.1)
tf.clip_by_global_norm([x, y], 1.0) | tf.global_norm([x, y]) | tf.fft(c) | tf.ifft(c)
"""

VALUES_ONLY = """
tf.einsum("ij,jk->ik", x, m) | tf.einsum("ij,kj->ik", x, p) | tf.einsum("bij,jk->bik", tf.transpose(t, [0, 2, 1]), m)
tf.einsum("ij->j", x) | tf.einsum("i,j->ij", y, y) | tf.einsum("ij,ij", x, p) | tf.svd(m, compute_uv=False)
tf.bincount(ids) | tf.bincount(ids, minlength=5) | tf.bincount(ids, weights=y) | tf.linalg.expm(m) | tf.linalg.sqrtm(m)
tf.math.unsorted_segment_mean(m, ids, 4) | tf.math.unsorted_segment_sqrt_n(m, ids, 4) | tf.math.cumulative_logsumexp(x, 1)
tf.is_non_decreasing(y) | tf.is_strictly_increasing(ids) | tf.spectral.rfft(y) | tf.spectral.rfft(y, [4]) | tf.spectral.irfft(c)
tf.spectral.irfft(c, [5]) | tf.linalg.lstsq(t[0], t[0]) | tf.linalg.slogdet(m) | tf.linalg.normalize(x, axis=1)
tf.histogram_fixed_width_bins(x, [-1.0, 1.0], nbins=4) | tf.math.bessel_i0(x) | tf.math.bessel_i1(x) | tf.math.lbeta(p)
tf.linalg.tridiagonal_solve(m, y)
tf.linalg.pinv(t[0]) | tf.linalg.matrix_rank(m) | tf.linalg.tridiagonal_matmul(m, m)
tf.signal.hann_window(6) | tf.signal.hann_window(7) | tf.signal.hamming_window(6, periodic=False) | tf.signal.frame(wave, 6, 3)
tf.signal.frame(wave, 6, 4, pad_end=True, pad_value=9) | tf.signal.stft(wave, 6, 3) | tf.signal.stft(wave, 6, 3, pad_end=True)
tf.signal.overlap_and_add(tf.signal.frame(wave, 6, 3), 3) | tf.signal.dct(x) | tf.signal.dct(x, norm="ortho") | tf.signal.dct(x, 3)
tf.signal.inverse_stft(tf.signal.stft(wave, 8, 4), 8, 4, window_fn=tf.signal.inverse_stft_window_fn(4))
tf.signal.inverse_stft(tf.signal.stft(wave, 6, 3), 6, 3) | tf.signal.dct(x, 1) | tf.signal.dct(x, 3, norm="ortho") | tf.signal.idct(x)
tf.signal.linear_to_mel_weight_matrix(4, 9) | tf.signal.mfccs_from_log_mel_spectrograms(x) | tf.signal.dct(x, n=2) | tf.signal.dct(x, n=5)
tf.signal.fftshift(wave) | tf.signal.ifftshift(x, 1) | tf.signal.rfft2d(x) | tf.signal.irfft2d(tf.signal.rfft2d(t[0]))
tf.sort(x) | tf.sort(x, axis=0, direction="DESCENDING") | tf.argsort(x) | tf.argsort(t, axis=1) | tf.sort(i) | tf.argsort(j * 0)
tf.confusion_matrix(ids, [0, 1, 2]) | tf.confusion_matrix(ids, [0, 1, 2], 4, weights=y, dtype=tf.float32)
tf.assert_positive(p) | tf.assert_equal(i, i)
"""

RAISES = """
x + i | i + 1.5 | tf.matmul(x, x) | tf.truediv(x, i) | tf.reduce_sum(x, 1, reduction_indices=1) | tf.assert_rank(x, 3)
tf.matmul(x, x, transpose_a=True, adjoint_a=True) | tf.clip_by_global_norm(x, 1.0) | tf.complex(i, i) | tf.add_n([])
tf.accumulate_n([x, y]) | tf.assert_type(x, tf.int32) | tf.norm(x, ord="bad") | tf.tensordot(x, m, -1) | tf.add_n(x)
tf.assert_integer(x) | tf.assert_scalar(x) | tf.assert_equal(1, 2) | x @ y | tf.scalar_mul(x, x)
tf.reduce_max(x, 5) | tf.conj(tf.constant("a")) | tf.sigmoid(i) | tf.logical_and(x, b) | ~x | x & b | tf.einsum("ij,jk", x)
tf.sort(x, direction="UP") | tf.clip_by_value(y, x, 1.0)
tf.cast(tf.constant("a"), tf.int32) | tf.cross(x, y) | tf.maximum(x, i) | tf.log(i) | tf.sqrt(b)
"""


def rows(block):
    return [r.strip() for line in block.strip().split("\n") for r in _split(line)]


def _split(line):
    """Splits at " | " except where it is the operator in `b | d`."""
    return line.replace(" b | d |", " b.__or__(d) |").split(" | ")
