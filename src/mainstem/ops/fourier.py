"""Fourier transforms over the last one, two or three dimensions."""

import jax.numpy as jnp

from mainstem.base import dtypes
from mainstem.core.families import same_shape
from mainstem.core.registry import op

REAL = frozenset((dtypes.float32, dtypes.float64))


def _axes(rank):
    return tuple(range(-rank, 0))


def _complex(name, fn, rank):
    @op(name, "Tcomplex -> Tcomplex", Tcomplex=dtypes.COMPLEX, shape=same_shape)
    def kernel(input, *, Tcomplex: "type" = dtypes.complex64):
        """The discrete Fourier transform, or its inverse, over the last dimensions."""
        return fn(input, axes=_axes(rank)).astype(input.dtype)

    return kernel


def _length_shape(rank, half):
    """The last dimensions have the transform's lengths, the very last half of it plus one when `half`."""

    def rule(inputs, attrs):
        shape, length = inputs[0].shape, inputs[1].shape_value()
        if shape is None:
            return [None]
        if len(shape) < rank:
            raise ValueError(f"Shape must be at least rank {rank} but is rank {len(shape)}")
        length = (None,) * rank if length is None else length
        last = length[-1]
        return [shape[:-rank] + length[:-1] + (last if last is None or not half else last // 2 + 1,)]

    return rule


def _from_real(name, rank):
    @op(name, "Treal, fft_length:int32 -> Tcomplex", Treal=REAL, Tcomplex=dtypes.COMPLEX, static=("fft_length",),
        shape=_length_shape(rank, True))  # fmt: skip
    def kernel(input, fft_length, *, Treal: "type" = dtypes.float32, Tcomplex: "type" = dtypes.complex64):
        """The transform of real numbers, its non-negative frequencies only; dimensions are cut or padded to `fft_length`."""
        return jnp.fft.rfftn(input, s=[int(n) for n in fft_length], axes=_axes(rank)).astype(Tcomplex.np)

    return kernel


def _to_real(name, rank):
    @op(name, "Tcomplex, fft_length:int32 -> Treal", Treal=REAL, Tcomplex=dtypes.COMPLEX, static=("fft_length",),
        shape=_length_shape(rank, False))  # fmt: skip
    def kernel(input, fft_length, *, Tcomplex: "type" = dtypes.complex64, Treal: "type" = dtypes.float32):
        """The inverse of the real transform of size `fft_length`."""
        return jnp.fft.irfftn(input, s=[int(n) for n in fft_length], axes=_axes(rank)).astype(Treal.np)

    return kernel


fft, fft2d, fft3d = (_complex(n, jnp.fft.fftn, r) for r, n in enumerate(("FFT", "FFT2D", "FFT3D"), 1))
ifft, ifft2d, ifft3d = (_complex(n, jnp.fft.ifftn, r) for r, n in enumerate(("IFFT", "IFFT2D", "IFFT3D"), 1))
rfft, rfft2d, rfft3d = (_from_real(n, r) for r, n in enumerate(("RFFT", "RFFT2D", "RFFT3D"), 1))
irfft, irfft2d, irfft3d = (_to_real(n, r) for r, n in enumerate(("IRFFT", "IRFFT2D", "IRFFT3D"), 1))
