"""Layers that pad, crop and repeat along spatial dimensions."""

from mainstem.base import shapes
from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.dialects.layers.convolution import sizes
from mainstem.surface import array, blocks, image, masking


def _pairs(value, rank, name):
    """An amount for both ends of each spatial dimension. Raises ValueError for other counts."""
    if isinstance(value, int):
        return ((value, value),) * rank
    if not hasattr(value, "__len__") or len(value) != rank:
        raise ValueError(f"`{name}` should have {rank} elements. Found: {value}")
    return tuple((v, v) if isinstance(v, int) else sizes(v, 2, name) for v in value)


class _Spatial(Layer):
    """The base: `rank` spatial dimensions, before or after the channels."""

    rank = None

    def __init__(self, data_format, **kwargs):
        super().__init__(**kwargs)
        self.data_format, self.input_spec = built.argument("data_format", data_format), InputSpec(ndim=self.rank + 2)

    def _first(self):
        return 2 if self.data_format == "channels_first" else 1

    def _with(self, known, change):
        """The sizes with the spatial ones changed by `change(size, place)`."""
        first = self._first()
        return [change(n, i - first) if first <= i < first + self.rank else n for i, n in enumerate(known)]

    def compute_output_shape(self, input_shape):
        """The output's static shape."""
        known = self._with(shapes.as_tuple(input_shape), lambda n, i: None if n is None else self._length(n, i))
        return shapes.TensorShape(known)


class _ZeroPadding(_Spatial):
    def __init__(self, padding, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
        self.padding = _pairs(padding, self.rank, "padding")

    def _length(self, size, place):
        return size + sum(self.padding[place])

    def call(self, inputs):
        """The padded inputs."""
        amounts = self._with([(0, 0)] * (self.rank + 2), lambda _, i: self.padding[i])
        return blocks.pad_v1(inputs, [list(a) for a in amounts])


class _Cropping(_Spatial):
    def __init__(self, cropping, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
        self.cropping = _pairs(cropping, self.rank, "cropping")

    def _length(self, size, place):
        return size - sum(self.cropping[place])

    def call(self, inputs):
        """The cropped inputs."""
        return inputs[tuple(self._with([slice(None)] * (self.rank + 2), self._kept))]

    def _kept(self, _, place):
        before, after = self.cropping[place]
        return slice(before, -after if after else None)


class _UpSampling(_Spatial):
    def __init__(self, size, data_format=None, **kwargs):
        super().__init__(data_format, **kwargs)
        self.size = sizes(size, self.rank, "size")

    def _length(self, size, place):
        return size * self.size[place]

    def call(self, inputs):
        """The inputs with every entry repeated along the spatial dimensions."""
        for i, n in enumerate(self.size):
            inputs = masking.repeat(inputs, n, axis=self._first() + i) if n > 1 else inputs
        return inputs


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after the steps of [batch, time, features]: `padding` is a number, or one for each end."""

    rank, _tells = 1, True

    def __init__(self, padding=1, **kwargs):
        super().__init__(((padding, padding) if isinstance(padding, int) else tuple(padding),), "channels_last", **kwargs)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "padding": self.padding[0]}


class ZeroPadding2D(_ZeroPadding):
    """Zeros around images: `padding` is a number, one for each dimension, or one for each end of each."""

    rank, _tells = 2, True

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding3D(_ZeroPadding):
    """Zeros around volumes; see `ZeroPadding2D`."""

    rank, _tells = 3, True

    def __init__(self, padding=(1, 1, 1), data_format=None, **kwargs):
        super().__init__(padding, data_format, **kwargs)


class Cropping1D(_Cropping):
    """Drops steps of [batch, time, features] at both ends: `cropping` is a number, or one for each end."""

    rank, _tells = 1, True

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(((cropping, cropping) if isinstance(cropping, int) else tuple(cropping),), "channels_last", **kwargs)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "cropping": self.cropping[0]}


class Cropping2D(_Cropping):
    """Drops the margins of images: `cropping` is a number, one for each dimension, or one for each end of each."""

    rank, _tells = 2, True

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(_Cropping):
    """Drops the margins of volumes; see `Cropping2D`."""

    rank, _tells = 3, True

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(cropping, data_format, **kwargs)


class UpSampling1D(_UpSampling):
    """Repeats each step of [batch, time, features] `size` times."""

    rank, _tells = 1, True

    def __init__(self, size=2, **kwargs):
        super().__init__(size, "channels_last", **kwargs)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "size": self.size[0]}


class UpSampling2D(_UpSampling):
    """Makes images `size` times as large, by copies ("nearest") or linear interpolation ("bilinear") of their pixels."""

    rank, _tells = 2, True

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(size, data_format, **kwargs)
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError('`interpolation` argument should be one of `"nearest"` or `"bilinear"`.')
        self.interpolation = interpolation

    def call(self, inputs):
        """The larger images."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        first = self.data_format == "channels_first"
        x = array.transpose_v1(inputs, [0, 2, 3, 1]) if first else inputs
        shape = self.compute_output_shape(inputs.shape)
        made = image.resize_bilinear(x, array.shape(x)[1:3] * list(self.size), half_pixel_centers=True)
        made = array.transpose_v1(made, [0, 3, 1, 2]) if first else made
        if not made._is_eager:
            made.set_shape(shape)
        return made


class UpSampling3D(_UpSampling):
    """Repeats each entry of volumes `size` times along each dimension."""

    rank, _tells = 3, True

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(size, data_format, **kwargs)


known.add(
    ZeroPadding1D, ZeroPadding2D, ZeroPadding3D, Cropping1D, Cropping2D, Cropping3D, UpSampling1D, UpSampling2D, UpSampling3D
)
