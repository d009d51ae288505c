"""`RNNCell`: a layer that takes inputs and a state, and gives outputs and the next state."""

from mainstem.base import nest, shapes
from mainstem.dialects.layers.base import Layer
from mainstem.graph.graph import Graph
from mainstem.graph.keys import GraphKeys
from mainstem.state import scope as state_scope
from mainstem.surface import array
from mainstem.surface.framework import convert_to_tensor, is_tensor, name_scope
from mainstem.surface.variable_scope import get_variable_scope, variable_scope


def dims(size):
    """A size (a number, a shape or a tensor) as a list of dimensions, None where one is not known."""
    if is_tensor(size):
        size = array.constant_value(size)
    if size is not None and not isinstance(size, (tuple, list, shapes.TensorShape)):
        size = [int(size)] if getattr(size, "ndim", 0) == 0 else [int(n) for n in size]
    known = shapes.as_tuple(size)
    return [None] if known is None else list(known)


def batched(size, batch_size, dtype):
    """Zeros of [batch_size, *size]."""
    known = array.constant_value(batch_size) if is_tensor(batch_size) else batch_size
    made = array.zeros([batch_size if known is None else int(known), *dims(size)], dtype)
    if not made._is_eager:
        made.set_shape([None if known is None else int(known), *dims(size)])
    return made


def zeros_of(sizes, batch_size, dtype):
    """Zeros of [batch_size, *size] for every size of a structure."""
    return nest.map_structure(lambda size: batched(size, batch_size, dtype), sizes)


def assert_like_rnncell(name, cell):
    """Raises TypeError, naming what is missing, when `cell` cannot be used as an RNN cell."""
    lacks = [a for a in ("output_size", "state_size") if not hasattr(cell, a)]
    lacks = [f"{a!r} property is missing" for a in lacks]
    if not hasattr(cell, "zero_state") and not hasattr(cell, "get_initial_state"):
        lacks.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        lacks.append("is not callable")
    if lacks:
        raise TypeError(f"The argument {name!r} ({cell}) is not an RNNCell: {', '.join(lacks)}.")


def last_dimension(shape):
    """The size of the last axis. Raises ValueError where it is not known."""
    known = shapes.as_tuple(shape)
    if known is None or known[-1] is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {shape}")
    return known[-1]


def is_alike(cell):
    """Whether a cell is one of ours that does the same in every step, whatever Python runs between: it draws no numbers."""
    within = [cell.cell] if hasattr(cell, "cell") else getattr(cell, "_cells", ())
    return "_is_alike" in type(cell).__dict__ and all(is_alike(c) for c in within)


class RNNCell(Layer):
    """The base of cells: `output, next_state = cell(input, state)` for one step in time.

    A subclass gives `state_size` and `output_size` (numbers, shapes, or nested tuples of them) and `call(inputs, state)`; variables
    that it makes there with `get_variable` are the cell's. The variable scope in which the cell is called first is the one in which
    its own scope lies. Arguments as of `Layer`.
    """

    def __init__(self, trainable=True, name=None, dtype=None, **kwargs):
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self._home = None

    def __call__(self, inputs, state, scope=None):
        """`inputs` [batch, ..] and a state of [batch, size] tensors give (output, next state)."""
        if scope is not None:
            with variable_scope(scope, custom_getter=self._collected) as scope:
                return super().__call__(inputs, state, scope=scope)
        if self._home is None:
            self._home = get_variable_scope()
        with variable_scope(self._home, custom_getter=self._collected):
            return super().__call__(inputs, state)

    def _collected(self, getter, *args, **kwargs):
        """The variable, after adding it to the cell's own."""
        variable = getter(*args, **kwargs)
        owner, first = state_scope.home(), variable
        if type(variable).__name__ == "PartitionedVariable":
            first = list(variable)[0]
        if isinstance(owner, Graph):
            trains = any(v is first for v in owner.get_collection_ref(GraphKeys.TRAINABLE_VARIABLES))
        else:
            trains = variable.trainable
        own = self._trainable_weights if trains else self._non_trainable_weights
        if not any(v is variable for v in own):
            own.append(variable)
        return variable

    @property
    def state_size(self):
        """The size of the state: a number, a shape, or nested tuples of them."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self):
        """The size of the output: a number, a shape, or nested tuples of them."""
        raise NotImplementedError("Abstract method")

    def build(self, _):
        """Makes no variables: a cell that does not say otherwise makes them when it is called."""

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """The zero state for a batch as large, and of the dtype, of `inputs`, or as the other arguments say.

        Raises ValueError where these contradict each other or say too little.
        """
        if inputs is not None:
            inputs = convert_to_tensor(inputs, name="inputs")
            static = None if inputs._shape is None else inputs._shape[0]
            given = array.constant_value(batch_size) if is_tensor(batch_size) else batch_size
            if None not in (given, static) and int(given) != static:
                raise ValueError(
                    "batch size from input tensor is different from the input param. "
                    f"Input tensor batch: {static}, batch_size: {batch_size}"
                )
            if dtype is not None and inputs.dtype != dtype:
                raise ValueError(
                    "dtype from input tensor is different from the input param. "
                    f"Input tensor dtype: {inputs.dtype}, dtype: {dtype}"
                )
            batch_size, dtype = static if static is not None else array.shape(inputs)[0], inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                f"batch_size and dtype cannot be None while constructing initial state: batch_size={batch_size}, dtype={dtype}"
            )
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size, dtype):
        """Zeros of [batch_size, size] for each size of `state_size`, in its structure."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return zeros_of(self.state_size, batch_size, dtype)


class LayerRNNCell(RNNCell):
    """A cell that makes its variables in `build`, as layers do."""

    def __call__(self, inputs, state, scope=None, *args, **kwargs):
        """`inputs` [batch, ..] and a state of [batch, size] tensors give (output, next state)."""
        return Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)


class OneStateCell(LayerRNNCell):
    """A cell whose output is its state, of `_num_units` units."""

    @property
    def state_size(self):
        """The number of units."""
        return self._num_units

    @property
    def output_size(self):
        """The number of units."""
        return self._num_units
