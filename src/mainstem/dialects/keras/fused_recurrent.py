"""`CuDNNGRU` and `CuDNNLSTM`: recurrent layers with the variables and the arithmetic of cuDNN's, on any device."""

from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.cells import GRUCell, LSTMCell
from mainstem.dialects.keras.recurrent import _OfCell, tells_of_its_cell
from mainstem.surface import array


class _FusedGRUCell(GRUCell):
    """A GRU whose two biases are one vector."""

    def _bias_shape(self):
        return (2 * 3 * self.units,)

    def _input_bias(self):
        return self.bias[: 3 * self.units]

    def _state_bias(self):
        return self.bias[3 * self.units :]


class _FusedLSTMCell(LSTMCell):
    """An LSTM with a second bias, whose parts stand after the first's."""

    def _bias_shape(self):
        return (2 * 4 * self.units,)

    def _input_bias(self):
        return self.bias[: 4 * self.units] + self.bias[4 * self.units :]

    def _bias_start(self):
        if not self.unit_forget_bias:
            return self.bias_initializer

        def start(_, dtype=None, **kwargs):
            own, n = self.bias_initializer, self.units
            parts = [own([5 * n], dtype=dtype), array.ones([n], dtype), own([2 * n], dtype=dtype)]
            return array.concat(parts, axis=0)

        return start


class _Fused(_OfCell):
    """The base: sigmoid gates, no dropout, no unrolling."""

    _of_loop = ("return_sequences", "return_state", "go_backwards", "stateful")
    _fixed = {"recurrent_activation": "sigmoid"}

    def _begin(self, given, kwargs):
        super()._begin({**given, **self._fixed}, kwargs)

    @classmethod
    def _arguments(cls):
        return [n for n in built.parameters(cls) if n not in ("self", "kwargs", "activity_regularizer", *cls._of_loop)]

    def get_config(self):
        """See `Layer.get_config`."""
        return {k: v for k, v in super().get_config().items() if k != "unroll"}

    @classmethod
    def from_config(cls, config):
        """The layer of `get_config`'s dict."""
        return cls(**{k: v for k, v in config.items() if k != "time_major"})


class CuDNNGRU(_Fused):
    """`GRU(reset_after=True, recurrent_activation="sigmoid")` whose `bias` is one vector; arguments as of `GRU`."""

    _cell, _fixed = _FusedGRUCell, {"recurrent_activation": "sigmoid", "reset_after": True}

    @built.arguments_of
    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        self._begin(locals(), {"activity_regularizer": activity_regularizer, **kwargs})


class CuDNNLSTM(_Fused):
    """`LSTM(recurrent_activation="sigmoid")` with two biases, of which the sum counts; arguments as of `LSTM`."""

    _cell = _FusedLSTMCell

    @built.arguments_of
    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        self._begin(locals(), {"activity_regularizer": activity_regularizer, **kwargs})


for _class in (CuDNNGRU, CuDNNLSTM):
    tells_of_its_cell(_class)
known.add(CuDNNGRU, CuDNNLSTM)
