"""Signals: windows, frames, the short-time Fourier transform, cosine transforms, mel scales; `tf.signal`."""

import functools
import math as python_math

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.ops import index, segment
from mainstem.ops import math as math_ops
from mainstem.surface import array, fourier, linalg, math, reduce
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope


def _size(x, axis):
    """The size of one dimension as an int. Raises NotImplementedError when it is not known."""
    size = shapes.as_tuple(x.shape)[axis]
    if size is None:
        raise NotImplementedError("tf.signal functions need dimensions of known size: set_shape the tensor first")
    return size


# ---- windows


def _raised_cosine(scope, a):
    def window(window_length, periodic=True, dtype=dtypes.float32, name=None):
        with name_scope(name, scope, [window_length, periodic]):
            length = int(window_length)
            if length == 1:
                return array.ones([1], dtype)
            span = length if periodic and length % 2 == 0 else length - 1  # TensorFlow ignores `periodic` for odd lengths
            points = np.arange(length) * (2 * np.pi / span)
            return constant_v1((a - (1 - a) * np.cos(points)).astype(dtypes.as_dtype(dtype).as_numpy_dtype))

    window.__doc__ = f"A raised cosine window [window_length], {a} - {1 - a:.2f} cos; `periodic` for spectral analysis."
    return window


hann_window = _raised_cosine("hann_window", 0.5)
hamming_window = _raised_cosine("hamming_window", 0.54)


# ---- frames


def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Overlapping frames of `signal` along `axis`, which becomes two dimensions: [frames, frame_length].

    With `pad_end` the last frames are filled with `pad_value`, else what does not fill a frame is dropped.
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step]):
        signal = convert_to_tensor(signal, name="signal")
        axis = axis % signal.shape.ndims
        size = _size(signal, axis)
        if pad_end:
            count = max(0, -(-size // frame_step))
            missing = max(0, frame_length + frame_step * (count - 1) - size)
            if missing:
                fill = list(shapes.as_tuple(signal.shape))
                fill[axis] = missing
                signal = array.concat([signal, array.fill(fill, math.cast(pad_value, signal.dtype))], axis)
        else:
            count = max(0, 1 + (size - frame_length) // frame_step)
        places = np.arange(count)[:, None] * frame_step + np.arange(frame_length)
        return index.gather_v2(signal, places.astype(np.int32), axis)


def overlap_and_add(signal, frame_step, name=None):
    """The sum of frames [.., frames, frame_length] laid `frame_step` apart: [.., (frames - 1) * frame_step + frame_length]."""
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        signal = convert_to_tensor(signal, name="signal")
        count, length = _size(signal, -2), _size(signal, -1)
        lead = [_size(signal, i) for i in range(signal.shape.ndims - 2)]
        total = (count - 1) * frame_step + length
        places = (np.arange(count)[:, None] * frame_step + np.arange(length)).reshape(-1).astype(np.int32)
        rows = array.transpose_v1(array.reshape(signal, [int(np.prod(lead)), count * length]), [1, 0])
        summed = segment.unsorted_segment_sum(rows, places, total)
        return array.reshape(array.transpose_v1(summed, [1, 0]), lead + [total])


def stft(signals, frame_length, frame_step, fft_length=None, window_fn=hann_window, pad_end=False, name=None):
    """The short-time Fourier transform of `signals` [.., samples]: [.., frames, fft_length // 2 + 1], complex."""
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        signals = convert_to_tensor(signals, name="signals")
        fft_length = _power_of_two(frame_length) if fft_length is None else int(fft_length)
        frames = frame(signals, frame_length, frame_step, pad_end)
        if window_fn is not None:
            frames = math_ops.mul(frames, window_fn(frame_length, dtype=frames.dtype))
        return fourier.rfft(frames, [fft_length])


def inverse_stft(stfts, frame_length, frame_step, fft_length=None, window_fn=hann_window, name=None):
    """The signal of overlapping windows [.., frames, bins]; exact inverse of `stft` with `inverse_stft_window_fn`."""
    with name_scope(name, "inverse_stft", [stfts]):
        stfts = convert_to_tensor(stfts, name="stfts")
        fft_length = _power_of_two(frame_length) if fft_length is None else int(fft_length)
        frames = fourier.irfft(stfts, [fft_length])
        size = _size(frames, -1)
        if size > frame_length:
            frames = frames[..., :frame_length]
        elif size < frame_length:
            fill = list(shapes.as_tuple(frames.shape))
            fill[-1] = frame_length - size
            frames = array.concat([frames, array.zeros(fill, frames.dtype)], -1)
        if window_fn is not None:
            frames = math_ops.mul(frames, window_fn(frame_length, dtype=frames.dtype))
        return overlap_and_add(frames, frame_step)


def inverse_stft_window_fn(frame_step, forward_window_fn=hann_window, name=None):
    """The window function for `inverse_stft` that undoes `stft` with `forward_window_fn` (Griffin and Lim, 1984)."""

    def inverse(frame_length, dtype):
        with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
            window = forward_window_fn(frame_length, dtype=dtype)
            overlaps = -(-frame_length // frame_step)
            missing = overlaps * frame_step - frame_length
            power = math_ops.square(window)
            power = array.concat([power, array.zeros([missing], dtype)], 0) if missing else power
            power = reduce.reduce_sum(array.reshape(power, [overlaps, frame_step]), 0, True)
            power = array.reshape(array.tile(power, [overlaps, 1]), [overlaps * frame_step])
            return math.truediv(window, power[:frame_length])

    return inverse


def _power_of_two(n):
    return 2 ** int(python_math.ceil(python_math.log2(n))) if n > 0 else 1


# ---- cosine transforms


@functools.lru_cache(maxsize=32)
def _cosine_matrix(kind, n, ortho):
    """[n, n] with `dct(x) = x @ matrix`."""
    i, k = np.arange(n)[:, None], np.arange(n)[None, :]
    if kind == 1:
        weight = np.where((i == 0) | (i == n - 1), 1.0, 2.0)
        return weight * np.cos(np.pi * i * k / (n - 1))
    if kind == 2:
        matrix = 2 * np.cos(np.pi * (2 * i + 1) * k / (2 * n))
        return matrix * np.where(k == 0, np.sqrt(1 / (4 * n)), np.sqrt(1 / (2 * n))) if ortho else matrix
    if kind == 3:
        matrix = np.where(i == 0, 1.0, 2.0) * np.cos(np.pi * i * (2 * k + 1) / (2 * n))
        return np.where(i == 0, np.sqrt(1 / n), np.sqrt(2 / n)) * np.cos(np.pi * i * (2 * k + 1) / (2 * n)) if ortho else matrix
    matrix = 2 * np.cos(np.pi * (2 * i + 1) * (2 * k + 1) / (4 * n))
    return matrix * np.sqrt(1 / (2 * n)) if ortho else matrix


def dct(input, type=2, n=None, axis=-1, norm=None, name=None):  # noqa: A002
    """The discrete cosine transform of type 1 to 4 over the last dimension, cut or padded to `n`; `norm`: None or "ortho".

    Raises ValueError for another type or norm, or "ortho" with type 1.
    """
    if type not in (1, 2, 3, 4):
        raise ValueError(f"Types I, II, III and IV (I)DCT are supported. Got {type}.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    if type == 1 and norm == "ortho":
        raise ValueError("Normalization is not supported for the Type-I DCT.")
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    with name_scope(name, "dct", [input]):
        x = convert_to_tensor(input)
        size = _size(x, -1)
        if n is not None and n < size:
            x = x[..., :n]
        elif n is not None and n > size:
            fill = list(shapes.as_tuple(x.shape))
            fill[-1] = n - size
            x = array.concat([x, array.zeros(fill, x.dtype)], -1)
        matrix = _cosine_matrix(type, _size(x, -1), norm == "ortho")
        return _last_product(x, constant_v1(matrix.astype(x.dtype.as_numpy_dtype)))


def _last_product(x, matrix):
    """`x` [.., n] times `matrix` [n, m]."""
    lead = list(shapes.as_tuple(x.shape)[:-1])
    flat = linalg.matmul_v1(array.reshape(x, [-1, _size(x, -1)]), matrix)
    if lead.count(None) > 1:
        raise NotImplementedError("a cosine or mel transform of more than one unknown dimension")
    return array.reshape(flat, [-1 if d is None else d for d in lead] + [_size(matrix, -1)])


def idct(input, type=2, n=None, axis=-1, norm=None, name=None):  # noqa: A002
    """The inverse of `dct` of this type, up to its scale."""
    return dct(input, {1: 1, 2: 3, 3: 2, 4: 4}.get(type, type), n, axis, norm, name)


# ---- the mel scale


def _mel(hertz):
    return 1127.0 * np.log(1.0 + np.asarray(hertz, np.float64) / 700.0)


def linear_to_mel_weight_matrix(num_mel_bins=20, num_spectrogram_bins=129, sample_rate=8000, lower_edge_hertz=125.0,
                                upper_edge_hertz=3800.0, dtype=dtypes.float32, name=None):  # fmt: skip
    """Weights [num_spectrogram_bins, num_mel_bins] that map a linear spectrogram to mel bins (HTK's scale, triangular bands).

    Raises ValueError when the edges are not 0 <= lower < upper <= sample_rate / 2.
    """
    if not 0 <= lower_edge_hertz < upper_edge_hertz or upper_edge_hertz > sample_rate / 2:
        raise ValueError(
            f"The edges must satisfy 0 <= lower < upper <= {sample_rate / 2}. Got {lower_edge_hertz}, {upper_edge_hertz}."
        )
    with name_scope(name, "linear_to_mel_weight_matrix"):
        bins = _mel(np.linspace(0.0, sample_rate / 2, num_spectrogram_bins)[1:])[:, None]
        edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), num_mel_bins + 2)
        low, center, high = edges[:-2], edges[1:-1], edges[2:]
        weights = np.maximum(0, np.minimum((bins - low) / (center - low), (high - bins) / (high - center)))
        return constant_v1(np.pad(weights, [[1, 0], [0, 0]]).astype(dtypes.as_dtype(dtype).as_numpy_dtype))


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """Mel-frequency cepstral coefficients: the cosine transform of log mel spectrograms [.., bins], scaled as HTK does."""
    with name_scope(name, "mfccs_from_log_mel_spectrograms"):
        x = convert_to_tensor(log_mel_spectrograms)
        scale = 1.0 / np.sqrt(2.0 * _size(x, -1))
        return math_ops.mul(dct(x, type=2), constant_v1(scale, x.dtype))
