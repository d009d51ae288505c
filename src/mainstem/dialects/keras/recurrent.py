"""Recurrent layers of Keras: `RNN` over any cell, and `SimpleRNN`, `GRU`, `LSTM`."""

import numpy as np

from mainstem.base import nest, shapes
from mainstem.dialects.keras import backend, built, known
from mainstem.dialects.keras.cells import (
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
    initial_state,
    is_hoisted,
    state_of,
    takes_training,
)
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.dialects.keras.loop import exchanged, over_time
from mainstem.dialects.keras.node import history
from mainstem.dialects.layers import named
from mainstem.state.variable import Variable
from mainstem.surface import array
from mainstem.surface.framework import is_tensor
from mainstem.surface.variables import assign


def _sizes(size):
    return list(shapes.as_tuple(size)) if isinstance(size, (shapes.TensorShape, tuple, list)) else [size]


def listed(value):
    """A list of what is none, one or several."""
    if value is None:
        return None
    return list(value) if isinstance(value, (list, tuple)) else [value]


class _Kept:
    """The states of a stateful layer, out of the way of what looks for weights."""

    states = None


class AbstractRNNCell(Layer):
    """The base for cells of one's own: `call(inputs, states)` gives (output, states); `state_size` and `output_size` tell sizes."""

    def call(self, inputs, states):
        """(output, next states) of one step."""
        raise NotImplementedError("Abstract method")

    @property
    def state_size(self):
        """The size of the state, or nested sizes."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self):
        """The size of the output."""
        raise NotImplementedError("Abstract method")

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """Zeros, for a batch as large as that of `inputs`, or of `batch_size` and a dtype."""
        return initial_state(self, inputs, batch_size, dtype)


class RNN(Layer):
    """Runs a cell over time, in one compiled loop.

    Args:
        cell: has `call(inputs, states)` and `state_size`; or a list of such, which are stacked.
        return_sequences: give the outputs of all steps and not of the last one only.
        return_state: give [output, *last states].
        go_backwards: from the last step to the first.
        stateful: the last states are those with which the next batch begins; the batch's size must be known.
        unroll: a copy of the step for each time instead of a loop.
        time_major: inputs and outputs are [time, batch, …] instead of [batch, time, …].

    A call takes `mask` [batch, time], `training`, `initial_state` and `constants` (for cells that take them). Raises ValueError
    for cells without `call` or `state_size`, for states of other sizes, and for a stateful layer of unknown batches.
    """

    _tells = False

    _sizes_of_input = ("input_length", "input_dim")

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        time_major=False,
        **kwargs,
    ):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        for what, kind in (("call", "method"), ("state_size", "attribute")):
            if not hasattr(cell, what):
                raise ValueError(f"`cell` should have a `{what}` {kind}. The RNN was passed:", cell)
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        self._num_constants = kwargs.pop("num_constants", None)
        super().__init__(**kwargs)
        self.cell, self.return_sequences, self.return_state = cell, return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll, self.time_major = go_backwards, stateful, unroll, time_major
        self.supports_masking, self.input_spec, self.state_spec, self.constants_spec = True, [None], None, None
        self._kept = _Kept()

    # ---- shapes and states

    @property
    def states(self):
        """The states of a stateful layer, variables; else None for each."""
        if self._kept.states is None:
            return [None] * len(self._state_sizes())
        return listed(self._kept.states)

    @states.setter
    def states(self, states):
        self._kept.states = states

    def _state_sizes(self):
        size = self.cell.state_size
        return list(size) if isinstance(size, (list, tuple)) else [size]

    def _output_sizes(self):
        size = getattr(self.cell, "output_size", None)
        return _sizes(self._state_sizes()[0] if size is None else size)

    def compute_output_shape(self, input_shape):
        """The shape of the output, in a list with those of the states where they are given."""
        known_shape = shapes.as_tuple(input_shape[0] if isinstance(input_shape, list) else input_shape)
        first, second = known_shape[:2]
        batch, time = (second, first) if self.time_major else (first, second)
        outer = ([time, batch] if self.time_major else [batch, time]) if self.return_sequences else [batch]
        output = shapes.TensorShape([*outer, *self._output_sizes()])
        if not self.return_state:
            return output
        return [output, *(shapes.TensorShape([batch, *_sizes(s)]) for s in nest.flatten(self._state_sizes()))]

    def compute_mask(self, inputs, mask=None):
        """The mask of the output: that of the inputs for sequences."""
        mask = nest.flatten(mask)[0] if mask is not None else None
        output = mask if self.return_sequences else None
        return [output, *(None for _ in self.states)] if self.return_state else output

    def build(self, input_shape):
        """Builds the cell."""
        given = input_shape[0] if isinstance(input_shape, list) else input_shape
        known_shape = shapes.as_tuple(given)
        whole = [None, None, *known_shape[2:]]
        batch = known_shape[1 if self.time_major else 0]
        if self.stateful:
            whole[1 if self.time_major else 0] = batch
        self.input_spec = [InputSpec(shape=tuple(whole)), *(self.input_spec or [])[1:]]
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build(shapes.TensorShape([batch, *known_shape[2:]]))
            self.cell.built = True
        if self.state_spec is None:
            sizes = nest.flatten(self._state_sizes())
            self.state_spec = [InputSpec(shape=(None, *_sizes(s))) for s in sizes]
        else:
            self._check_states()
        if self.stateful:
            self.reset_states()
        self.built = True

    def _check_states(self):
        wanted = [_sizes(s) for s in nest.flatten(self._state_sizes())]
        given = [list(spec.shape[1:]) for spec in self.state_spec]
        if len(wanted) != len(given) or any(g != w for g, w in zip(given, wanted) if None not in g):
            raise ValueError(
                "An `initial_state` was passed that is not compatible with `cell.state_size`. Received "
                f"`state_spec`={self.state_spec}; however `cell.state_size` is {self.cell.state_size}"
            )

    def get_initial_state(self, inputs):
        """The states for inputs [batch, time, …] that nobody gave: a list of zeros, or what the cell says."""
        flat = nest.flatten(inputs)[0]
        batch = flat.shape.as_list()[1 if self.time_major else 0]
        batch = array.shape(flat)[1 if self.time_major else 0] if batch is None else batch
        made = state_of(self.cell, None, batch, flat.dtype)
        return list(made) if isinstance(made, (list, tuple)) else [made]

    def reset_states(self, states=None):
        """Sets the states of a stateful layer to zeros, or to arrays. Raises AttributeError for other layers, ValueError for other shapes."""
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        spec = self.input_spec[0]
        batch = spec.shape[1 if self.time_major else 0] if spec is not None else None
        if not batch:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors: \n- If using "
                "a Sequential model, specify the batch size by passing a `batch_input_shape` argument to your first layer.\n- If "
                "using the functional API, specify the batch size by passing a `batch_shape` argument to your Input layer."
            )
        shapes_of_states = [(batch, *_sizes(s)) for s in nest.flatten(self._state_sizes())]
        if self._kept.states is None:
            made = [Variable(np.zeros(s, backend.floatx()), trainable=False, use_resource=True) for s in shapes_of_states]
            self._kept.states = nest.pack_sequence_as(self._state_sizes(), made)
            if states is None:
                return
        flat = nest.flatten(self._kept.states)
        given = [np.zeros(s) for s in shapes_of_states] if states is None else nest.flatten(listed(states))
        if len(given) != len(flat):
            raise ValueError(
                f"Layer {self.name} expects {len(flat)} states, but it received {len(given)} state values. Input received: {states}"
            )
        for i, (value, shape) in enumerate(zip(given, shapes_of_states)):
            if np.shape(value) != shape:
                raise ValueError(
                    f"State {i} is incompatible with layer {self.name}: expected shape={shape}, found shape={np.shape(value)}"
                )
        backend.batch_set_value(list(zip(flat, given)))

    # ---- calling

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        """Runs over `inputs`, which may be [inputs, *initial states, *constants]."""
        inputs, initial_state, constants = standardized(inputs, initial_state, constants, self._num_constants)
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)
        more, specs = [], []
        if initial_state is not None:
            more += initial_state
            self.state_spec = [InputSpec(shape=(None, *x.shape.as_list()[1:])) for x in nest.flatten(initial_state)]
            specs += self.state_spec
        if constants is not None:
            more += constants
            self.constants_spec = [InputSpec(shape=tuple(x.shape.as_list())) for x in constants]
            self._num_constants = len(constants)
            specs += self.constants_spec
        traced = [history(x) is not None for x in nest.flatten(more)]
        if any(traced) != all(traced):
            raise ValueError(
                "The initial state or constants of an RNN layer cannot be specified with a mix of Keras tensors and non-Keras "
                'tensors (a "Keras tensor" is a tensor that was returned by a Keras layer, or by `Input`)'
            )
        if all(traced):  # they become inputs of the node
            whole, own = [*nest.flatten(inputs), *more], self.input_spec
            self.input_spec = [*nest.flatten(own), *specs] if self.built else None
            try:
                return super().__call__(whole, **kwargs)
            finally:
                self.input_spec = nest.flatten(self.input_spec)[:1] if self.input_spec is not None else own
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        if constants is not None:
            kwargs["constants"] = constants
        return super().__call__(inputs, **kwargs)

    def _check_inputs(self, inputs):
        if self.input_spec is not None and any(s is not None for s in nest.flatten(self.input_spec)):
            super()._check_inputs(inputs)

    def _states_to_begin(self, inputs, initial, constants):
        """(inputs, states, constants) of a call, which may have them all in `inputs`."""
        if isinstance(inputs, list) and len(inputs) > 1:
            end = len(inputs) - (self._num_constants or 0)
            given, more = inputs[1:end], inputs[end:]
            initial, constants, inputs = given or initial, more or constants, inputs[0]
        elif isinstance(inputs, list):
            inputs = inputs[0]
        if self.stateful:
            initial = self.states if initial is None else initial
        elif initial is None:
            initial = self.get_initial_state(inputs)
        count = len(nest.flatten(self._state_sizes()))
        if len(nest.flatten(initial)) != count:
            raise ValueError(f"Layer has {count} states but was passed {len(nest.flatten(initial))} initial states.")
        return inputs, nest.pack_sequence_as(self._state_sizes(), nest.flatten(initial)), constants

    def call(self, inputs, mask=None, training=None, initial_state=None, constants=None):
        """The output of the last step, or all outputs; with `return_state` in a list with the last states."""
        inputs, states, constants = self._states_to_begin(inputs, initial_state, constants)
        mask = nest.flatten(mask)[0] if mask is not None else None
        self._redraw(self.cell)
        cell, given = self.cell, {}
        if takes_training(cell) or isinstance(cell, StackedRNNCells):
            given["training"] = training
        if constants:
            given["constants"] = listed(constants)
        inputs, mask, step = self._prepared(inputs, mask, cell, given, training)
        made = over_time(
            step,
            inputs,
            states,
            self.go_backwards,
            mask,
            None,
            self.unroll,
            True,
            self.zero_output_for_mask,
            all_outputs=self.return_sequences,
        )
        last, outputs, after = made
        if self.stateful:
            pairs = list(zip(nest.flatten(self.states), nest.flatten(after)))
            self.add_update([(lambda v=v, x=x: assign(v, x)) for v, x in pairs])
        output = outputs if self.return_sequences else last
        if self.return_sequences and not self.time_major:
            output = exchanged(output)
        return [output, *nest.flatten(after)] if self.return_state else output

    def _prepared(self, inputs, mask, cell, given, training):
        """(inputs, mask, step) for the loop, time-major; what the inputs contribute is computed for all times at once."""

        def in_time(x):
            return x if self.time_major else exchanged(x)

        inputs = nest.map_structure(in_time, inputs)
        mask = None if mask is None else in_time(mask)
        if is_hoisted(cell) and is_tensor(inputs) and inputs.shape.ndims == 3:
            return cell.project(inputs, training), mask, lambda x, states: cell.step(x, states, training)

        def step(x, states):
            output, after = cell.call(x, states, **given)
            return output, list(after) if isinstance(after, (list, tuple)) else [after]

        return inputs, mask, step

    def _redraw(self, cell):
        """Dropout masks are the same in every step of a call, and others in the next."""
        for one in cell.cells if isinstance(cell, StackedRNNCells) else [cell]:
            for name in ("reset_dropout_mask", "reset_recurrent_dropout_mask"):
                if hasattr(one, name):
                    getattr(one, name)()

    # ---- arguments

    def get_config(self):
        """See `Layer.get_config`."""
        names = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major")
        told = {n: getattr(self, n) for n in names}
        if self._num_constants is not None:
            told["num_constants"] = self._num_constants
        if self.zero_output_for_mask:
            told["zero_output_for_mask"] = True
        return {**super().get_config(), **told, **self._told()}

    def _told(self):
        return {"cell": known.serialize(self.cell)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The layer of `get_config`'s dict."""
        config = dict(config)
        constants = config.pop("num_constants", None)
        cell = known.deserialize(config.pop("cell"), custom_objects)
        layer = cls(cell, **config)
        layer._num_constants = constants
        return layer


def standardized(inputs, initial_state, constants, count):
    """(inputs, states, constants) of a call; `inputs` may be a list with all of them. Raises ValueError when they are given twice."""
    if isinstance(inputs, (list, tuple)):
        if initial_state is not None or constants is not None:
            raise ValueError("RNN: states and constants are either in the list of inputs, or arguments.")
        inputs = list(inputs)
        if count:
            inputs, constants = inputs[:-count], inputs[-count:]
        if len(inputs) > 1:
            initial_state = inputs[1:]
        inputs = inputs[0]
    return inputs, listed(initial_state), listed(constants)


class _OfCell(RNN):
    """The base of layers with a cell of their own, whose arguments are theirs."""

    _cell, _tells = None, False
    _of_loop = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major")

    def _begin(self, given, kwargs):
        """Makes the cell and the loop of an initializer's arguments."""
        given = built.given(given, "activity_regularizer")
        loop = {k: given.pop(k) for k in self._of_loop if k in given}
        cell = self._cell(**given, dtype=kwargs.get("dtype"))
        RNN.__init__(self, cell, **loop, **kwargs)
        self.input_spec = [InputSpec(ndim=3)]

    @classmethod
    def _arguments(cls):
        given = built.parameters(cls._cell)
        return [n for n in given if n not in ("self", "kwargs")]

    def _told(self):
        regularizer = named.plain(self.activity_regularizer, "activity_regularizer")
        cell = {k: v for k, v in self.cell.get_config().items() if k in self._arguments()}
        return {**cell, "activity_regularizer": regularizer}

    @classmethod
    def from_config(cls, config):
        """The layer of `get_config`'s dict."""
        return cls(**config)


class SimpleRNN(_OfCell):
    """`SimpleRNNCell` over time; the other arguments as of `RNN`."""

    _cell = SimpleRNNCell

    @built.arguments_of
    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        self._begin(locals(), {"activity_regularizer": activity_regularizer, **kwargs})


class GRU(_OfCell):
    """`GRUCell` over time; the other arguments as of `RNN`."""

    _cell = GRUCell

    @built.arguments_of
    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=False,
        **kwargs,
    ):
        self._begin(locals(), {"activity_regularizer": activity_regularizer, **kwargs})


class LSTM(_OfCell):
    """`LSTMCell` over time; the other arguments as of `RNN`."""

    _cell = LSTMCell

    @built.arguments_of
    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        self._begin(locals(), {"activity_regularizer": activity_regularizer, **kwargs})


def tells_of_its_cell(cls):
    """Gives a class of layers the arguments of its cell as properties."""

    def of_cell(name):
        return property(lambda self: getattr(self.cell, name), doc=f"`{name}` of the cell.")

    for name in cls._arguments():
        if not hasattr(cls, name):
            setattr(cls, name, of_cell(name))


for _class in (SimpleRNN, GRU, LSTM):
    tells_of_its_cell(_class)
known.add(AbstractRNNCell, RNN, SimpleRNN, GRU, LSTM)
