"""`Dense`, `Dropout` and its kin, `Lambda`, `Masking`, and layers that reshape."""

import base64
import marshal
import math as _math
import types

import numpy as np

from mainstem.base import shapes
from mainstem.dialects.keras import activations, built, known, objects, regularizers
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.dialects.layers import core
from mainstem.dialects.layers.branch import smart_cond
from mainstem.ops import flow
from mainstem.ops import math as math_ops
from mainstem.surface import array, math, nn, random, reduce

Dense = built.on(core.Dense, __name__, members={"_sizes_of_input": ("input_dim",)}, **built.FUNCTIONS)


class _Noise(Layer):
    """The base: changes its inputs by `change(inputs)` when it trains."""

    _tells = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, training=None):
        """The changed inputs when `training` (by default the learning phase) holds, else the inputs."""
        return smart_cond(built.phase(training), lambda: self.change(inputs), lambda: flow.identity(inputs))

    def change(self, inputs):
        """What becomes of the inputs in training."""
        raise NotImplementedError(f"{type(self).__name__}.change")

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return shapes.TensorShape(input_shape)


class Dropout(_Noise):
    """Sets entries to 0 with probability `rate` and scales the others, in training.

    Args:
        rate: the probability to drop.
        noise_shape: shape of the random decisions, broadcast to the input; None means the input's size.
        seed: of the random decisions.
    """

    _tells = True

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def _shape_of_noise(self, inputs):
        return self.noise_shape

    def change(self, inputs):
        """The dropped inputs."""
        return nn.dropout(inputs, self.rate, noise_shape=self._shape_of_noise(inputs), seed=self.seed)


class _SpatialDropout(Dropout):
    """The base: drops whole maps of features."""

    rank, _tells = None, True

    def __init__(self, rate, data_format=None, **kwargs):
        super().__init__(rate, **kwargs)
        data_format = built.argument("data_format", data_format)
        if data_format not in ("channels_last", "channels_first"):
            raise ValueError('data_format must be in {"channels_last", "channels_first"}')
        self.data_format, self.input_spec = data_format, InputSpec(ndim=self.rank + 2)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**{k: v for k, v in super().get_config().items() if k != "data_format"}, "noise_shape": None, "seed": None}

    def _shape_of_noise(self, inputs):
        ones = (1,) * self.rank
        return (None, None, *ones) if self.data_format == "channels_first" else (None, *ones, None)


class SpatialDropout1D(_SpatialDropout):
    """Drops whole features of [batch, time, features], the same in every step."""

    rank, _tells = 1, True

    def __init__(self, rate, **kwargs):
        super().__init__(rate, "channels_last", **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images."""

    rank = 2


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes."""

    rank = 3


class GaussianNoise(_Noise):
    """Adds normal noise of a standard deviation, in training."""

    _tells = True

    def __init__(self, stddev, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev

    def change(self, inputs):
        """The inputs with noise."""
        return inputs + random.random_normal(array.shape(inputs), 0.0, self.stddev, dtype=inputs.dtype)


class GaussianDropout(_Noise):
    """Multiplies by normal noise around 1 of the variance that `Dropout(rate)` has, in training."""

    _tells = True

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs, training=None):
        """See `Layer.call`."""
        return super().call(inputs, training) if 0 < self.rate < 1 else inputs

    def change(self, inputs):
        """The inputs with noise."""
        stddev = np.sqrt(self.rate / (1.0 - self.rate))
        return inputs * random.random_normal(array.shape(inputs), 1.0, stddev, dtype=inputs.dtype)


class AlphaDropout(Dropout):
    """Drops entries to the saturation of `selu` and keeps mean and variance (Klambauer et al., arXiv:1706.02515)."""

    _tells = True
    _LOW = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(rate, noise_shape, seed, **kwargs)

    def get_config(self):
        """See `Layer.get_config`."""
        return {k: v for k, v in super().get_config().items() if k not in ("noise_shape", "seed")}

    def call(self, inputs, training=None):
        """See `Layer.call`."""
        return super().call(inputs, training) if 0 < self.rate < 1 else inputs

    def change(self, inputs):
        """The dropped inputs."""
        shape = array.shape(inputs) if self.noise_shape is None else self.noise_shape
        kept = math_ops.greater_equal(random.random_uniform(shape, seed=self.seed), self.rate)
        kept = math.cast(kept, inputs.dtype)
        scale = ((1 - self.rate) * (1 + self.rate * self._LOW**2)) ** -0.5
        return scale * (inputs * kept + self._LOW * (1 - kept)) - scale * self._LOW * self.rate


class Activation(Layer):
    """Applies an activation, a function or its name."""

    _tells = True

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking, self.activation = True, activations.get(activation)

    def call(self, inputs):
        """The activation of the inputs."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return shapes.TensorShape(input_shape)


class ActivityRegularization(Layer):
    """Passes its inputs on and adds a loss on them; see `L1L2`."""

    _tells = True

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking, self.l1, self.l2 = True, l1, l2

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return shapes.TensorShape(input_shape)


class Flatten(core.Flatten, Layer):
    """[batch, ...] as [batch, n]; with `data_format="channels_first"` the channels are moved to the end first."""

    _tells = True

    def __init__(self, data_format=None, **kwargs):
        super().__init__(built.argument("data_format", data_format), **kwargs)


class Reshape(Layer):
    """[batch, …] as [batch, *target_shape]; one size may be -1. Raises ValueError, when called, for sizes that do not fit."""

    _tells = True

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def compute_output_shape(self, input_shape):
        """[batch, *target_shape]."""
        known = shapes.as_tuple(input_shape)
        if None in known[1:]:
            return shapes.TensorShape([known[0], *(n if n != -1 else None for n in self.target_shape)])
        given, wanted = _math.prod(known[1:]), list(self.target_shape)
        fixed = _math.prod(n for n in wanted if n >= 0)
        if wanted.count(-1) > 1:
            raise ValueError("There must be at most one unknown dimension in output_shape.")
        if -1 in wanted:
            fits = fixed and given % fixed == 0
            wanted[wanted.index(-1)] = given // fixed if fits else None
        if None in wanted or _math.prod(wanted) != given:
            raise ValueError(f"total size of new array must be unchanged: {known[1:]} cannot become {self.target_shape}")
        return shapes.TensorShape([known[0], *wanted])

    def call(self, inputs):
        """The reshaped inputs."""
        return array.reshape(inputs, (array.shape(inputs)[0], *self.target_shape))


class Permute(Layer):
    """Exchanges the dimensions after the batch's: `dims` are their numbers from 1. Raises ValueError for other numbers."""

    _tells = True

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Invalid permutation `dims` for Permute Layer: {dims}. The set of indices in `dims` must be consecutive and start "
                "from 1."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape):
        """The sizes in their new order."""
        known = shapes.as_tuple(input_shape)
        return shapes.TensorShape([known[0], *(known[d] for d in self.dims)])

    def call(self, inputs):
        """The transposed inputs."""
        return array.transpose_v1(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """[batch, features] as [batch, n, features]."""

    _tells = True

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.n, self.input_spec = n, InputSpec(ndim=2)

    def compute_output_shape(self, input_shape):
        """[batch, n, features]."""
        known = shapes.as_tuple(input_shape)
        return shapes.TensorShape([known[0], self.n, known[1]])

    def call(self, inputs):
        """The repeated inputs."""
        return array.tile(array.expand_dims_v1(inputs, 1), [1, self.n, 1])


class Masking(Layer):
    """Masks the steps all of whose features are `mask_value`, and sets them to 0."""

    _tells = True

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking, self.mask_value, self._compute_output_and_mask_jointly = True, mask_value, True

    def compute_mask(self, inputs, mask=None):
        """Which steps count."""
        return reduce.reduce_any_v1(math_ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs):
        """The inputs, 0 where they are masked."""
        counts = reduce.reduce_any_v1(math_ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        made = inputs * math.cast(counts, inputs.dtype)
        made._keras_mask = array.squeeze_v1(counts, [-1])
        return made

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return shapes.TensorShape(input_shape)


class Lambda(Layer):
    """A function of tensors as a layer.

    Args:
        function: of the inputs, and of `arguments`; it may take `mask`, too.
        output_shape: accepted; the shape is that of the output.
        mask: the output's mask, or a function of the inputs and their mask.
        arguments: a dict of further keyword arguments.
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        self.function, self.arguments, self.mask = function, arguments or {}, mask
        self.supports_masking, self._output_shape = mask is not None or self.supports_masking, output_shape

    def call(self, inputs, mask=None, training=None):
        """The function of the inputs."""
        given = dict(self.arguments)
        if objects.takes(self.function, "mask"):
            given["mask"] = mask
        if objects.takes(self.function, "training"):
            given["training"] = training
        return self.function(inputs, **given)

    def compute_output_shape(self, input_shape):
        """What `output_shape` says: a shape without the batch, or a function of the input's. Raises NotImplementedError without it."""
        if self._output_shape is None:
            raise NotImplementedError(f"Lambda.compute_output_shape of the layer {self.name}: give it `output_shape`.")
        if callable(self._output_shape):
            return shapes.TensorShape(self._output_shape(input_shape))
        return shapes.TensorShape([shapes.as_tuple(input_shape)[0], *self._output_shape])

    def compute_mask(self, inputs, mask=None):
        """What `mask` says."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self):
        """The arguments; Python functions as their compiled code, others by name."""
        function, kind = _dumped(self.function)
        shape, shape_kind = _dumped(self._output_shape) if callable(self._output_shape) else (self._output_shape, "raw")
        told = {"function": function, "function_type": kind, "module": getattr(self.function, "__module__", None)}
        told |= {"output_shape": shape, "output_shape_type": shape_kind, "arguments": dict(self.arguments)}
        told["output_shape_module"] = getattr(self._output_shape, "__module__", None) if shape_kind != "raw" else None
        if self.mask is not None:
            told["mask"] = _dumped(self.mask)[0] if callable(self.mask) else self.mask
        return {**super().get_config(), **told}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The layer of `get_config`'s dict. Python functions are loaded as code: use it for files that you trust."""
        config = dict(config)
        module = config.pop("module", None)
        config.pop("output_shape_module", None)
        config["function"] = _loaded(config["function"], config.pop("function_type"), custom_objects, module)
        kind = config.pop("output_shape_type", "raw")
        if kind != "raw":
            config["output_shape"] = _loaded(config["output_shape"], kind, custom_objects, module)
        if isinstance(config.get("output_shape"), list):
            config["output_shape"] = tuple(config["output_shape"])
        return cls(**config)


def _dumped(function):
    if not isinstance(function, types.FunctionType):
        return function.__name__, "function"
    code = base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii")
    cells = tuple(c.cell_contents for c in function.__closure__) if function.__closure__ else None
    return (code, function.__defaults__, cells), "lambda"


def _loaded(dumped, kind, custom_objects, module):
    if kind == "function":
        return objects.deserialize_keras_object(dumped, globals(), custom_objects, "function in Lambda layer")
    code, defaults, cells = dumped if isinstance(dumped, (list, tuple)) else (dumped, None, None)
    code = marshal.loads(base64.decodebytes(code.encode("ascii")))
    names = {**globals(), **(custom_objects or {}), **objects.get_custom_objects()}
    closure = None if cells is None else tuple(types.CellType(c) for c in cells)
    return types.FunctionType(code, names, argdefs=None if defaults is None else tuple(defaults), closure=closure)


known.add(
    Dense,
    Dropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    GaussianNoise,
    GaussianDropout,
    AlphaDropout,
    Activation,
    ActivityRegularization,
    Flatten,
    Reshape,
    Permute,
    RepeatVector,
    Masking,
    Lambda,
)
