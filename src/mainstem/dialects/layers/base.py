"""`tf.layers.Layer`: variables in a variable scope, made at the first call; losses and updates that join the graph's collections."""

import inspect
import re
import weakref

from mainstem.base import dtypes, shapes
from mainstem.dialects.layers import style
from mainstem.dialects.layers.described import Described
from mainstem.graph.graph import Graph
from mainstem.graph.keys import GraphKeys
from mainstem.state import scope as state_scope
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.surface import array, framework, initializers, math, variable_scope
from mainstem.surface.framework import convert_to_tensor, name_scope

_COUNTS = weakref.WeakKeyDictionary()  # for each graph, how many layers of a kind were made without a name
_KEYWORDS = ("input_shape", "batch_input_shape", "batch_size", "weights", "activity_regularizer", "autocast")


class InputSpec:
    """What a layer takes: `dtype`, `shape`, `ndim`, `max_ndim`, `min_ndim`, and `axes`, a dict from axis to size; None: anything."""

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None):
        self.dtype, self.shape = dtype, shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim, self.min_ndim, self.axes = max_ndim, min_ndim, {int(k): axes[k] for k in axes} if axes else {}
        limit = (self.ndim or self.max_ndim or 0) - 1 if self.ndim or self.max_ndim else None
        if limit is not None and self.axes and max(self.axes) > limit:
            raise ValueError(f"Axis {max(self.axes)} is greater than the maximum allowed value: {limit}")

    def __repr__(self):
        fields = [("dtype", str(self.dtype) if self.dtype else ""), ("shape", self.shape), ("ndim", self.ndim)]
        fields += [("max_ndim", self.max_ndim), ("min_ndim", self.min_ndim), ("axes", self.axes)]
        return f"InputSpec({', '.join(f'{k}={v}' for k, v in fields if v)})"

    def get_config(self):
        """The arguments as a dict."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return {n: getattr(self, n) for n in names}

    @classmethod
    def from_config(cls, config):
        """The spec of `get_config`'s dict."""
        return cls(**config)

    def check(self, layer_name, index, shape):
        """Raises ValueError when an input of static shape `shape` does not fit."""
        if self.ndim is None and self.max_ndim is None and self.min_ndim is None and not self.axes and self.shape is None:
            return
        start, known = f"Input {index} of layer {layer_name} is incompatible with the layer: ", shapes.as_tuple(shape)
        if known is None:
            raise ValueError(f"{start}its rank is undefined, but the layer requires a defined rank.")
        full = f"Full shape received: {list(known)}"
        if self.ndim is not None and len(known) != self.ndim:
            raise ValueError(f"{start}expected ndim={self.ndim}, found ndim={len(known)}. {full}")
        if self.max_ndim is not None and len(known) > self.max_ndim:
            raise ValueError(f"{start}expected max_ndim={self.max_ndim}, found ndim={len(known)}. {full}")
        if self.min_ndim is not None and len(known) < self.min_ndim:
            raise ValueError(f"{start}: expected min_ndim={self.min_ndim}, found ndim={len(known)}. {full}")
        for axis, size in self.axes.items():
            if size is not None and known[axis] not in (size, None):
                raise ValueError(
                    f"{start}expected axis {axis} of input shape to have value {size} but received input with shape {list(known)}"
                )
        for want, have in zip(self.shape or (), known, strict=False):
            if want is not None and have is not None and want != have:
                raise ValueError(f"{start}expected shape={self.shape}, found shape={list(known)}")


def snake_case(name):
    """A class name as TensorFlow writes layer names: `MaxPooling2D` -> `max_pooling2d`."""
    joined = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
    return "private" + joined if joined.startswith("_") else joined


def add_new(items, key):
    """Adds to a graph collection those of `items` that it does not hold. Eager mode has no collections."""
    owner = state_scope.home()
    if not isinstance(owner, Graph):
        return
    known = owner.get_collection_ref(key)
    present = {id(k) for k in known}
    known += [i for i in items if id(i) not in present]


def _flat(values):
    if isinstance(values, dict):
        values = [values[k] for k in sorted(values)]
    return [v for item in values for v in _flat(item)] if isinstance(values, (list, tuple)) else [values]


def _depends(thing, wanted):
    """Whether a tensor or operation is computed from a tensor whose id is among `wanted`."""
    if id(thing) in wanted:
        return True
    left, seen = [getattr(thing, "op", thing)], set()
    while left:
        op = left.pop()
        if op in seen:
            continue
        seen.add(op)
        if any(id(t) in wanted for t in op.inputs):
            return True
        left += [t.op for t in op.inputs] + list(op.control_inputs)
    return False


class Layer(Described):
    """The base of layers: a subclass makes its variables in `build(input_shape)` and computes in `call(inputs)`.

    Args:
        trainable: whether the variables join `GraphKeys.TRAINABLE_VARIABLES`.
        name: of the variable scope; by default the class's, made unique.
        dtype: of the variables; by default the first input's.

    Calling the layer opens its variable scope (always the same one), builds at the first call, and adds regularization
    losses and updates to the graph's collections. Raises TypeError for keyword arguments that no layer has.
    """

    def __init__(self, trainable=True, name=None, dtype=None, **kwargs):
        scope, self._reuse = kwargs.pop("_scope", None), kwargs.pop("_reuse", None)
        for key in kwargs:
            if key not in _KEYWORDS:
                raise TypeError("Keyword argument not understood:", key)
        self._trainable, self.built, self.stateful, self.supports_masking = bool(trainable), False, False, False
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype).name
        self._trainable_weights, self._non_trainable_weights, self._losses, self._updates = [], [], [], []
        self._regularizer_of_activity = kwargs.get("activity_regularizer")
        self.input_spec, self._keras_style = None, style.is_keras_style()
        if self._keras_style:
            style.refuse("scope", scope)
            style.refuse("reuse", self._reuse)
        self._set_name(name)
        self._graph = state_scope.keeper()
        self._scope = self._current = None
        if scope:
            with variable_scope.variable_scope(scope) as captured:
                self._scope = captured

    def _set_name(self, name):
        if isinstance(name, variable_scope.VariableScope):
            base = name.name
        else:
            base = name
        if not base:
            base = snake_case(type(self).__name__)
            counts = _COUNTS.setdefault(state_scope.keeper(), {})
            counts[base] = counts.get(base, 0) + 1
            name = f"{base}_{counts[base]}"
        self._name, self._base_name = name, base

    def _trackable_children(self, save_type=None, **kwargs):
        return {n: v for n, v in super()._trackable_children().items() if not n.startswith("_")}

    # ---- what a layer is

    @property
    def name(self):
        """The layer's name; the scope's is `scope_name`."""
        return self._name

    @property
    def dtype(self):
        """The variables' dtype by name, None before the first call where none was given."""
        return self._dtype

    @property
    def graph(self):
        """The graph in which the layer was made. Raises RuntimeError in eager mode, which has none."""
        if state_scope.eager():
            raise RuntimeError("Layer.graph not supported when executing eagerly.")
        return self._graph

    @property
    def scope_name(self):
        """The name of the variable scope. Raises ValueError before the first call."""
        if self._scope is None:
            raise ValueError(f'Layer "{self._name}" has no scope name yet: its scope is opened by the first call.')
        return self._scope.name

    @property
    def trainable(self):
        """Whether the layer's variables train; may be set."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = value

    @property
    def input_spec(self):
        """An `InputSpec` of what the layer takes, a list of them for several inputs, or None; may be set."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value):
        self._input_spec = value

    @property
    def activity_regularizer(self):
        """`activity_regularizer(output)` gives a loss, divided by the batch's size; or None."""
        return self._regularizer_of_activity

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer):
        self._regularizer_of_activity = regularizer

    # ---- its variables, losses and updates

    @property
    def trainable_weights(self):
        """Variables that train; none when the layer is not trainable."""
        return [*self._trainable_weights, *self._nested("trainable_weights")] if self._trainable else []

    @property
    def non_trainable_weights(self):
        """The other variables."""
        if self._trainable:
            return [*self._non_trainable_weights, *self._nested("non_trainable_weights")]
        return [*self._trainable_weights, *self._non_trainable_weights, *self._nested("weights")]

    @property
    def weights(self):
        """All variables, those that train first."""
        return [*self.trainable_weights, *self.non_trainable_weights]

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def losses(self):
        """Losses of this layer and of layers among its attributes."""
        return [*(loss for loss, _ in self._losses), *self._nested("losses")]

    @property
    def updates(self):
        """Updates of this layer and of layers among its attributes; none when it is not trainable."""
        return [*(u for u, _ in self._updates), *self._nested("updates")] if self._trainable else []

    def _layers(self):
        found = []
        for value in (v for k, v in vars(self).items() if k != "_metrics"):
            items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else [value]
            found += [v for v in items if isinstance(v, Layer) and not any(v is f for f in found)]
        return found

    def _nested(self, what):
        return [v for layer in self._layers() for v in getattr(layer, what)]

    def count_params(self):
        """How many numbers the variables hold. Raises ValueError before the layer is built."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't built. You can build it manually via: "
                f"`{self.name}.build(batch_input_shape)`."
            )
        return sum(v.shape.num_elements() for v in self.weights)

    def _for_inputs(self, pairs, inputs):
        if inputs is None:
            return [item for item, given in pairs if given is None]
        wanted = {id(i) for i in _flat(inputs)}
        return [item for item, given in pairs if given is not None and _depends(item, wanted)]

    def get_losses_for(self, inputs):
        """The losses added for inputs that depend on these ones; for None, those that were added for no input."""
        return self._for_inputs(self._losses, inputs)

    def get_updates_for(self, inputs):
        """The updates added for inputs that depend on these ones; for None, those that were added for no input."""
        return self._for_inputs(self._updates, inputs)

    def add_loss(self, losses, inputs=None):
        """Adds loss tensors (or functions that give them) to the layer and to `GraphKeys.REGULARIZATION_LOSSES`."""
        made = [loss() if callable(loss) else loss for loss in _flat(losses)]
        made = [loss for loss in made if loss is not None]
        self._losses += [(loss, inputs) for loss in made]
        add_new(made, GraphKeys.REGULARIZATION_LOSSES)

    def add_update(self, updates, inputs=None):
        """Adds operations that a training step must run; after the call they are in `GraphKeys.UPDATE_OPS`."""
        if state_scope.eager():
            return
        made = [u() if callable(u) else u for u in _flat(updates)]
        self._updates += [(getattr(u, "op", u), inputs) for u in made if u is not None]
        if not self._keras_style:
            add_new(self.updates, GraphKeys.UPDATE_OPS)

    def add_weight(
        self,
        name,
        shape,
        dtype=None,
        initializer=None,
        regularizer=None,
        trainable=None,
        constraint=None,
        use_resource=None,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
        partitioner=None,
        **kwargs,
    ):
        """Makes or shares the variable `name` of the layer's scope; arguments as of `get_variable`.

        Raises TypeError for other keyword arguments, ValueError for a trainable variable with ON_READ synchronization, or
        without an initializer where the dtype has no default one.
        """
        if kwargs:
            raise TypeError("Unknown keyword argument:", next(iter(kwargs)))
        if synchronization == VariableSynchronization.ON_READ:
            if trainable:
                raise ValueError("add_weight: a variable with ON_READ synchronization cannot be trainable.")
            trainable = False
        trainable = True if trainable is None else trainable
        dtype = dtypes.as_dtype(dtype if dtype is not None else self._dtype or dtypes.float32)
        policy = {"synchronization": synchronization, "aggregation": aggregation}
        if self._keras_style:
            initializer = _default_initializer(initializer, dtype, name)
            variable = style.own_variable(name, shape, dtype, initializer, trainable and self._trainable, constraint, **policy)
            if regularizer is not None:
                self._regularize(name, variable, regularizer)
            return self._keep(variable, trainable)
        self._open(None)
        before = set() if state_scope.eager() else {id(v) for v in state_scope.keeper().get_collection("variables")}
        reuse = self.built or self._reuse
        with variable_scope.variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as scope:
            self._current = scope
            with name_scope(self._name_scope()):
                variable = variable_scope.get_variable(
                    name,
                    shape,
                    dtype=dtype,
                    initializer=_default_initializer(initializer or scope.initializer, dtype, name),
                    trainable=trainable and self._trainable,
                    constraint=constraint,
                    partitioner=partitioner,
                    use_resource=use_resource,
                    **policy,
                )
                if regularizer is not None and not any(id(v) in before for v in _parts(variable)):
                    self._regularize(name, variable, regularizer)
        return self._keep(variable, trainable)

    def _keep(self, variable, trainable):
        own = self._trainable_weights if trainable else self._non_trainable_weights
        if not any(v is variable for v in own):
            own.append(variable)
        return variable

    def add_variable(self, *args, **kwargs):
        """The older name of `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def _regularize(self, name, variable, regularizer):
        for part in _parts(variable):
            with name_scope(name + "/Regularizer"):
                self.add_loss(regularizer(part))

    # ---- scopes

    def _open(self, scope):
        """Settles the variable scope of the layer."""
        if self._scope is not None:
            return
        if self._reuse:
            opened = variable_scope.variable_scope(scope if scope is not None else self._base_name)
        else:
            opened = variable_scope.variable_scope(scope, default_name=self._base_name)
        with opened as captured:
            self._scope = captured

    def _name_scope(self):
        return self._current.original_name_scope or None

    # ---- calling

    def build(self, input_shape):
        """Makes the variables, for inputs of a static shape (a TensorShape, or a list of them)."""
        self.built = True

    def call(self, inputs, **kwargs):
        """The layer's computation; here: the inputs themselves."""
        return inputs

    def compute_output_shape(self, input_shape):
        """The static shape of the output for inputs of a static shape. Raises NotImplementedError where a layer does not say."""
        raise NotImplementedError(f"{type(self).__name__}.compute_output_shape")

    def compute_mask(self, inputs, mask=None):
        """The mask of the output. Raises TypeError for a mask given to a layer that supports none."""
        if not self.supports_masking and any(m is not None for m in _flat(mask)):
            raise TypeError(f"Layer {self.name} does not support masking, but was passed an input_mask: {mask}")
        return mask

    def apply(self, inputs, *args, **kwargs):
        """The same as calling the layer."""
        return self(inputs, *args, **kwargs)

    def __call__(self, inputs, *args, **kwargs):
        """Computes the layer on a tensor or nested tensors, building it first where needed."""
        scope, inputs = kwargs.pop("scope", None), _tensors(inputs)
        if self._keras_style:
            style.refuse("scope", scope)
            with name_scope(self._name):
                return self._computed(inputs, args, kwargs)
        self._open(scope)
        reuse = True if self.built else self._reuse
        with variable_scope.variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as scope:
            self._current = scope
            with name_scope(self._name_scope()):
                outputs = self._computed(inputs, args, kwargs)
        add_new(self.updates, GraphKeys.UPDATE_OPS)
        return outputs

    def _computed(self, inputs, args, kwargs):
        self._check_inputs(inputs)
        if not self.built:
            self._build_for(inputs)
        outputs = self.call(inputs, *args, **kwargs)
        self._regularize_activity(inputs, outputs)
        return outputs

    def _check_inputs(self, inputs):
        if self.input_spec is None:
            return
        specs, given = _flat(self.input_spec), _flat(inputs)
        if len(specs) != len(given):
            raise ValueError(
                f"Layer {self.name} expects {len(specs)} inputs, but it received {len(given)} input tensors. "
                f"Inputs received: {given}"
            )
        for i, (spec, x) in enumerate(zip(specs, given, strict=True)):
            spec.check(self.name, i, x.shape)

    def _build_for(self, inputs):
        given = _flat(inputs)
        if self._dtype is None and given and hasattr(given[0], "dtype"):
            self._dtype = given[0].dtype.base_dtype.name
        known = _map(lambda x: x.shape, inputs) if given and all(hasattr(x, "shape") for x in given) else None
        self.build(known)
        self.built = True

    def _regularize_activity(self, inputs, outputs):
        if self._regularizer_of_activity is None:
            return
        with name_scope("ActivityRegularizer"):
            for output in _flat(outputs):
                loss = self._regularizer_of_activity(output)
                size = math.cast(array.shape(output)[0], loss.dtype)
                self.add_loss(loss / size, inputs=inputs)


def _parts(variable):
    return list(variable) if type(variable).__name__ == "PartitionedVariable" else [variable]


def _default_initializer(initializer, dtype, name):
    if initializer is not None:
        return initializer
    if dtype.is_floating:
        return initializers.GlorotUniform()
    if dtype.is_integer or dtype == dtypes.bool:
        return initializers.Zeros()
    raise ValueError(f"An initializer for variable {name} of type {dtype.base_dtype} is required")


def _map(fn, values):
    if isinstance(values, dict):
        return {k: _map(fn, v) for k, v in values.items()}
    if isinstance(values, (list, tuple)):
        made = [_map(fn, v) for v in values]
        return type(values)(*made) if hasattr(values, "_fields") else type(values)(made)
    return fn(values)


def _tensors(inputs):
    """Arrays and numbers among the inputs as tensors; what is neither stays."""
    flat = _flat(inputs)
    if any(hasattr(x, "__array__") and not framework.is_tensor(x) or isinstance(x, (int, float)) for x in flat):
        return _map(lambda x: x if framework.is_tensor(x) else convert_to_tensor(x), inputs)
    return inputs


def as_function(layer, name, shares=True):
    """A layer class as a function of the inputs and the layer's arguments; with `shares` also of `reuse`."""
    plain = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [p for p in inspect.signature(layer).parameters.values() if p.kind is plain]
    last = [inspect.Parameter("reuse", plain, default=None)] if shares else []
    signature = inspect.Signature([inspect.Parameter("inputs", plain), *own, *last])

    def function(*args, **kwargs):
        given = signature.bind(*args, **kwargs).arguments
        inputs, reuse = given.pop("inputs"), given.pop("reuse", None)
        settings = {"_scope": given.get("name"), "_reuse": reuse} if shares else {}
        return layer(**given, **settings)(inputs)

    function.__name__ = function.__qualname__ = name
    function.__signature__ = signature
    function.__doc__ = (
        f"`{layer.__name__}` as a function{'; `reuse` shares the variables of the layer called `name`' * shares}."
    )
    return function
