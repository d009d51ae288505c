"""`Layer` of `tf.keras`: variables of its own in name scopes, nodes of networks, masks, and `training` from the outer call."""

import numpy as np

from mainstem.base import dtypes, nest
from mainstem.dialects.keras import backend, calls, constraints, initializers, regularizers
from mainstem.dialects.keras.connected import Connected
from mainstem.dialects.keras.node import Node, history, is_symbolic, need_history
from mainstem.dialects.layers import base, style
from mainstem.run import autograph
from mainstem.state import scope as state_scope
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.state.trackable import is_trackable
from mainstem.state.variable import Variable
from mainstem.surface import framework, math
from mainstem.surface.framework import name_scope

InputSpec = base.InputSpec
_OWN = frozenset(  # attributes in which nobody looks for layers or for what checkpoints hold
    (
        "_trainable_weights", "_non_trainable_weights", "_losses", "_updates", "_inbound_nodes", "_outbound_nodes", "_metrics",
        "_eager_losses", "_callable_losses", "_deferred_restores", "_weights_by_name", "_input_spec", "_graph",
        "_compile_metrics", "_compile_weighted_metrics", "loss", "loss_weights", "_call_arguments", "_compiled", "history",
    )
)  # fmt: skip
_ARRAYS = (np.ndarray, np.generic, int, float)
_HOMES = ("mainstem.", "tensorflow.")  # modules whose classes are written for graphs, and not by the user


def layers_in(value):
    """The layers in a value: itself, or those in lists, tuples and dicts, in order."""
    if isinstance(value, base.Layer):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [found for v in value for found in layers_in(v)]


def _from(thing, inputs):
    """Whether a tensor or operation is computed from one of `inputs`."""
    return base._depends(thing, {id(i) for i in nest.flatten(inputs)})


def _given(inputs):
    """What a loss or an update may depend on: the inputs of the call that goes on, else those that are named."""
    if calls.inside():
        return calls.inputs()
    return None if isinstance(inputs, bool) else inputs


def _copy(tensor):
    return framework.identity(tensor)


class Layer(Connected, base.Layer):
    """The base of Keras's layers: a subclass makes its variables in `build(input_shape)` and computes in `call(inputs)`.

    Args:
        trainable: whether the variables train.
        name: by default the class's, made unique in the graph: `dense`, `dense_1`, …
        dtype: of the variables; by default the first input's.
        dynamic: whether `call` can run in eager mode only.
        input_shape, batch_input_shape, batch_size: the shape of inputs, for the first layer of a `Sequential`.
        weights: a list of arrays, the variables' values to begin with.
        activity_regularizer: `regularizer(output)` gives a loss.

    `call` may take `training`, which comes from the call of an outer layer where nobody gives it, and `mask`, which comes with
    the inputs. A call on what came from an `Input` makes a node of a network. Raises TypeError for other keyword arguments.
    """

    _sizes_of_input = ()  # keyword arguments that tell the sizes of `input_shape` one by one

    def __init__(self, trainable=True, name=None, dtype=None, dynamic=False, **kwargs):
        if "input_shape" not in kwargs and any(n in kwargs for n in self._sizes_of_input):
            kwargs["input_shape"] = tuple(kwargs.pop(n, None) for n in self._sizes_of_input)
        if "batch_input_shape" in kwargs:
            self._batch_input_shape = tuple(kwargs.pop("batch_input_shape"))
        elif "input_shape" in kwargs:
            self._batch_input_shape = (kwargs.get("batch_size"), *kwargs.pop("input_shape"))
        kwargs.pop("input_shape", None)
        kwargs.pop("batch_size", None)
        self._initial_weights, self._dynamic, self._metrics = kwargs.pop("weights", None), dynamic, []
        self._inbound_nodes, self._outbound_nodes = [], []
        self._eager_losses, self._callable_losses, self._weights_by_name = [], [], {}
        with style.keras_style_scope():
            super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)

    def _set_name(self, name):
        if not name:
            name = backend.unique_object_name(base.snake_case(type(self).__name__), zero_based=True)
        self._name = self._base_name = name

    # ---- attributes

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name in _OWN or "_trainable_weights" not in self.__dict__ or isinstance(value, (int, str, float, type(None))):
            return
        if isinstance(value, (Variable, list, tuple, dict)):
            for found in nest.flatten(value):
                if isinstance(found, Variable):
                    self._keep(found, found.trainable)

    def _layers(self):
        found = [layer for name, v in vars(self).items() if name not in _OWN for layer in layers_in(v)]
        return list({id(layer): layer for layer in found}.values())

    def _trackable_children(self, save_type=None, **kwargs):
        found = dict(self._weights_by_name)
        for name, value in vars(self).items():
            if name not in _OWN and is_trackable(value):
                found[name] = value
        return found

    # ---- what a layer is

    @property
    def dynamic(self):
        """Whether the layer, or one inside it, can run in eager mode only."""
        return self._dynamic or any(getattr(layer, "dynamic", False) for layer in self._layers())

    @property
    def trainable(self):
        """Whether the layer's variables train; setting it sets that of the layers inside too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = value
        for layer in self._layers():
            layer.trainable = value

    @property
    def name_scope(self):
        """A context manager that opens the name scope of the layer."""
        return framework.name_scope(self._name_scope() + "/")

    def _name_scope(self):
        return self.name

    # ---- variables, losses and updates

    def add_weight(
        self,
        name=None,
        shape=None,
        dtype=None,
        initializer=None,
        regularizer=None,
        trainable=None,
        constraint=None,
        partitioner=None,
        use_resource=None,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
        **kwargs,
    ):
        """Makes the variable `name` in the layer's name scope; `shape` None is a scalar's.

        Initializers, regularizers and constraints may be given by name. Raises TypeError for other keyword arguments, ValueError
        for a trainable variable with ON_READ synchronization, or without an initializer where the dtype has no default one.
        """
        for key in kwargs:
            if key not in ("getter", "collections", "experimental_autocast"):
                raise TypeError("Unknown keyword argument:", key)
        if synchronization == VariableSynchronization.ON_READ:
            if trainable:
                raise ValueError(
                    "Synchronization value can be set to VariableSynchronization.ON_READ only for non-trainable variables. "
                    "You have specified trainable=True and synchronization=VariableSynchronization.ON_READ."
                )
            trainable = False
        trainable = True if trainable is None else trainable
        dtype = dtypes.as_dtype(dtype if dtype is not None else self._dtype or backend.floatx())
        if self._dtype is None:
            self._dtype = dtype.base_dtype.name
        variable = style.own_variable(
            name,
            () if shape is None else shape,
            dtype,
            base._default_initializer(self._argument("initializer", initializer), dtype, name),
            trainable,
            self._argument("constraint", constraint),
            synchronization=synchronization,
            aggregation=aggregation,
            collections=kwargs.get("collections"),
        )
        backend.track_variable(variable)
        regularizer = self._argument("regularizer", regularizer)
        if regularizer is not None:
            self._regularize(variable.name.partition(":")[0], variable, regularizer)
        if name is not None:
            self._weights_by_name[name] = variable
            self._appeared(name, variable)
        return self._keep(variable, trainable)

    def _argument(self, kind, value):
        """An initializer, regularizer or constraint for what the user gave: an object, a function or a name."""
        return {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}[kind].get(value)

    def _regularize(self, name, variable, regularizer):
        def loss():
            with name_scope(name + "/Regularizer"):
                return regularizer(variable)

        self.add_loss(loss)

    def add_loss(self, losses, inputs=None):
        """Adds losses to the layer: tensors, which may depend on its inputs, or functions that give a tensor whenever it is asked.

        Raises ValueError for a tensor of eager mode outside of a call: its value would be of one moment.
        """
        for loss in nest.flatten(losses):
            if callable(loss):
                self._callable_losses.append(loss)
                continue
            if loss is None:
                continue
            if not framework.is_tensor(loss):
                loss = framework.convert_to_tensor(loss, dtype=backend.floatx())
            if not backend.runs_at_once():
                self._losses.append((loss, _given(inputs)))
            elif calls.inside():
                self._eager_losses.append(loss)
            else:
                raise ValueError(
                    "Expected a symbolic Tensors or a callable for the loss value. Please wrap your loss computation in a zero "
                    "argument `lambda`."
                )

    @property
    def losses(self):
        """Losses of this layer and of the layers inside it: in eager mode those of the last call, and the regularization."""
        own = self._eager_losses or [loss for loss, _ in self._losses]
        asked = [made for made in (loss() for loss in self._callable_losses) if made is not None]
        return [*own, *asked, *self._nested("losses")]

    def _clear_losses(self):
        self._eager_losses = []
        for layer in self._layers():
            if isinstance(layer, Layer):
                layer._clear_losses()

    def get_losses_for(self, inputs):
        """The losses that depend on these inputs; for None, those that depend on none, regularization among them."""
        pairs = [(loss, given if given is not None and _from(loss, given) else None) for loss, given in self._losses]
        found = self._for_inputs(pairs, inputs)
        if inputs is None:
            found += [loss() for loss in self._callable_losses]
        return [*found, *(v for layer in self._layers() for v in layer.get_losses_for(inputs))]

    def get_updates_for(self, inputs):
        """The updates that depend on these inputs; for None, those that depend on none."""
        if not (self.trainable or self.stateful):
            return []
        pairs = [(u, given if given is not None and _from(u, given) else None) for u, given in self._updates]
        found = self._for_inputs(pairs, inputs)
        return [*found, *(v for layer in self._layers() for v in layer.get_updates_for(inputs))]

    def add_update(self, updates, inputs=None):
        """Adds operations, or functions that make them, which a training step must run. In eager mode functions run here and now."""
        flat = [u for u in nest.flatten(updates) if u is not None]
        if state_scope.eager():
            if backend.runs_at_once() and not calls.frozen():
                for update in flat:
                    if callable(update):
                        update()
            return
        for update in flat:
            made = update() if callable(update) else update
            self._updates.append((getattr(made, "op", made), _given(inputs)))

    @property
    def updates(self):
        """Updates of this layer and of the layers inside; none when it is not trainable, unless it is stateful."""
        if not (self.trainable or self.stateful):
            return []
        return [*(u for u, _ in self._updates), *self._nested("updates")]

    # ---- values

    def get_weights(self):
        """The values of `weights` as a list of arrays."""
        return backend.batch_get_value(self.weights)

    def _load(self, pairs):
        backend.batch_set_value(pairs)

    # ---- calling

    def __call__(self, inputs, *args, **kwargs):
        """Computes the layer on tensors, arrays or nested ones; builds it first where needed.

        Raises ValueError for a `call` that gives nothing.
        """
        taken, symbolic, kwargs = self._arguments_of_call, is_symbolic(inputs), dict(kwargs)
        inputs = nest.map_structure(lambda x: framework.convert_to_tensor(x) if isinstance(x, _ARRAYS) else x, inputs)
        mask, filled = self._masks(taken, inputs, args, kwargs)
        training = self._training(taken, args, kwargs, filled)
        if backend.runs_at_once() and not calls.inside():
            self._clear_losses()
        with calls.entered(self, inputs, training):
            if not symbolic:
                with name_scope(self._name_scope()):
                    return self._called(self.call, inputs, args, kwargs, mask)
            with backend.get_graph().as_default(), name_scope(self._name_scope()):
                outputs = self._called(self._convertible(), inputs, args, kwargs, mask)
                if outputs is None:
                    raise ValueError(
                        f"A layer's `call` method should return a Tensor or a list of Tensors, not None (layer: {self.name})."
                    )
                need_history(nest.flatten(inputs))
                if all(history(x) is not None for x in nest.flatten(inputs)):
                    outputs = self._connected(inputs, outputs, taken.as_dict(args, kwargs), filled)
                return outputs

    @property
    def _arguments_of_call(self):
        known = self.__dict__.get("_call_arguments")
        if known is None:
            known = self.__dict__["_call_arguments"] = calls.Arguments(self.call)
        return known

    def _convertible(self):
        return self.call if type(self).__module__.startswith(_HOMES) else autograph.convert_if_enabled(self.call)

    def _called(self, call, inputs, args, kwargs, mask):
        self._check_inputs(inputs)
        if not self.built:
            self._build_for(inputs)
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None
        outputs = call(inputs, *args, **kwargs)
        if outputs is not None:
            self._regularize_activity(inputs, outputs)
            self._carry_mask(inputs, outputs, mask)
        return outputs

    def _build_for(self, inputs):
        if not state_scope.eager():
            super()._build_for(inputs)
            return
        with framework.init_scope():
            super()._build_for(inputs)

    def _masks(self, taken, inputs, args, kwargs):
        """The mask of the inputs, and the names of arguments that were filled in."""
        if taken.given("mask", args, kwargs):
            return taken.value("mask", args, kwargs), []
        if not (taken.expects("mask") or self._computes_mask):
            return None, []
        found = nest.map_structure(lambda t: getattr(t, "_keras_mask", None), inputs)
        if all(m is None for m in nest.flatten(found)):
            return None, []
        if not taken.expects("mask"):
            return found, []
        kwargs["mask"] = found
        return found, ["mask"]

    def _training(self, taken, args, kwargs, filled):
        """The `training` of this call; given to `call` where that takes it."""
        if taken.given("training", args, kwargs):
            value = taken.value("training", args, kwargs)
            if not taken.expects("training"):
                kwargs.pop("training")
            return value
        value = calls.training()
        if value is None and backend.learning_phase_is_set():
            value = backend.learning_phase()
        if value is not None and taken.expects("training"):
            kwargs["training"] = math.cast(value, dtypes.bool) if framework.is_tensor(value) else bool(value)
            filled.append("training")
        return value

    @property
    def _computes_mask(self):
        own = type(self).compute_mask is not Layer.compute_mask
        return self.supports_masking or own

    def _carry_mask(self, inputs, outputs, mask):
        flat = nest.flatten(outputs)
        if self.__dict__.get("_compute_output_and_mask_jointly") or all(
            getattr(x, "_keras_mask", None) is not None for x in flat
        ):
            return
        masks = self.compute_mask(inputs, mask) if self._computes_mask else None
        masks = [None] * len(flat) if masks is None else nest.flatten(masks)
        for output, one in zip(flat, masks):
            if framework.is_tensor(output) and (one is not None or hasattr(output, "_keras_mask")):
                output._keras_mask = one

    def _connected(self, inputs, outputs, arguments, filled):
        """Makes a node of the call; outputs that are inputs are copied, so that every tensor has one history."""
        given = {id(x) for x in nest.flatten(inputs)}
        outputs = nest.map_structure(lambda x: _copy(x) if id(x) in given else x, outputs)
        Node(self, inputs, outputs, {k: v for k, v in arguments.items() if k not in filled})
        return outputs

    def compute_mask(self, inputs, mask=None):
        """The mask of the output. Raises TypeError for a mask given to a layer that supports none."""
        if not self.supports_masking and any(m is not None for m in nest.flatten(mask)):
            raise TypeError(f"Layer {self.name} does not support masking, but was passed an input_mask: {mask}")
        return mask
