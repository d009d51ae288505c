"""Fourier transforms: `tf.signal.fft` and its kin (`tf.spectral` in TensorFlow 1)."""

from mainstem.base import shapes
from mainstem.ops import fourier
from mainstem.surface import array, index
from mainstem.surface.framework import convert_to_tensor, name_scope


def _complex(op, doc):
    def function(input, name=None):
        return op(input, name=name)

    function.__doc__ = f"The {doc} of a complex tensor over its last dimensions."
    return function


fft, ifft = _complex(fourier.fft, "Fourier transform"), _complex(fourier.ifft, "inverse Fourier transform")
fft2d, ifft2d = _complex(fourier.fft2d, "2-D Fourier transform"), _complex(fourier.ifft2d, "inverse 2-D Fourier transform")
fft3d, ifft3d = _complex(fourier.fft3d, "3-D Fourier transform"), _complex(fourier.ifft3d, "inverse 3-D Fourier transform")


def _length(x, rank, half):
    """The transform length that fits `x` as it is; `half`: its last dimension holds non-negative frequencies only."""
    known = shapes.as_tuple(x.shape)
    if known is not None and None not in known[-rank:]:
        length = list(known[-rank:])
        if half and length[-1] > 0:
            length[-1] = max(0, 2 * (length[-1] - 1))
        return convert_to_tensor(length, name="fft_length")
    dims = array.shape_v1(x)[-rank:]
    if not half:
        return dims
    last = (dims[-1:] - 1) * 2
    return array.concat([dims[:-1], last], 0) if rank > 1 else last


def _padded(x, rank, length, half):
    """`x` with zeros added up to a known `length`."""
    known = shapes.as_tuple(x.shape)
    if known is None or not all(isinstance(n, int) for n in length) or None in known[-rank:]:
        return x
    wanted = list(length)
    if half:
        wanted[-1] = wanted[-1] // 2 + 1
    missing = [max(0, n - d) for n, d in zip(wanted, known[-rank:], strict=True)]
    if not any(missing):
        return x
    for axis, count in enumerate(missing, -rank):
        if count:
            shape = [count if i == axis % len(known) else d for i, d in enumerate(shapes.as_tuple(x.shape))]
            x = array.concat([x, array.zeros(shape, x.dtype)], axis % len(known))
    return x


def _real(op, rank, half, scope, doc):
    def function(input_tensor, fft_length=None, name=None):
        with name_scope(name, scope, [input_tensor, fft_length]) as name:
            x = convert_to_tensor(input_tensor, name="input")
            if fft_length is None:
                length = _length(x, rank, half)
            else:
                if isinstance(fft_length, (list, tuple)):
                    x = _padded(x, rank, fft_length, half)
                length = convert_to_tensor(fft_length, name="fft_length")
            wide = x.dtype.base_dtype.name in ("float64", "complex128")
            kinds = {"Treal": "float64", "Tcomplex": "complex128"} if wide else {}
            return op(x, length, **kinds, name=name)

    function.__doc__ = f"The {doc} over the last {rank} dimension(s), cut or padded with zeros to `fft_length`."
    return function


rfft = _real(fourier.rfft, 1, False, "rfft", "Fourier transform of real numbers")
rfft2d = _real(fourier.rfft2d, 2, False, "rfft2d", "Fourier transform of real numbers")
rfft3d = _real(fourier.rfft3d, 3, False, "rfft3d", "Fourier transform of real numbers")
irfft = _real(fourier.irfft, 1, True, "irfft", "inverse of `rfft`")
irfft2d = _real(fourier.irfft2d, 2, True, "irfft2d", "inverse of `rfft2d`")
irfft3d = _real(fourier.irfft3d, 3, True, "irfft3d", "inverse of `rfft3d`")


def _shift(sign, doc):
    def function(x, axes=None, name=None):
        with name_scope(name, "fftshift" if sign > 0 else "ifftshift"):
            x = convert_to_tensor(x)
            known = shapes.as_tuple(x.shape)
            axes = list(range(len(known))) if axes is None else [axes] if isinstance(axes, int) else list(axes)
            if any(known[a] is None for a in axes):
                raise NotImplementedError("fftshift along a dimension of unknown size")
            return index.roll(x, [known[a] // 2 if sign > 0 else -(known[a] // 2) for a in axes], axes)

    function.__doc__ = doc
    return function


fftshift = _shift(1, "Moves the zero frequency to the middle of `axes` (default: all).")
ifftshift = _shift(-1, "Undoes `fftshift`.")
