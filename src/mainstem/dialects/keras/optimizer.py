"""`OptimizerV2`: the base of Keras's optimizers, with hyperparameters that are variables, and slots that belong to variables."""

import numpy as np

from mainstem.base import dtypes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.dialects.keras import backend, initializers, objects
from mainstem.dialects.keras.schedules import LearningRateSchedule, serialize
from mainstem.eager.context import executing_eagerly
from mainstem.grad.gradients import gradients
from mainstem.grad.tape import GradientTape
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.tensor import Tensor
from mainstem.state import scope as state_scope
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.state.trackable import Trackable
from mainstem.state.variable import Variable
from mainstem.surface import clip, math
from mainstem.surface.framework import control_dependencies, convert_to_tensor, init_scope, is_tensor, name_scope
from mainstem.train.optimizer import key_of, sum_of_rows

_FLOATS = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)


class OptimizerV2(Trackable):
    """The base of Keras's optimizers.

    A subclass sets its hyperparameters with `_set_hyper` and overrides `_create_slots`, `_resource_apply_dense` and
    `_resource_apply_sparse`. Hyperparameters are attributes: numbers become variables at first use, so that they may be set
    while a model trains; `lr` is another name of `learning_rate`.

    Args:
        name: of the scope of its variables and operations.
        clipnorm, clipvalue: each gradient's norm, or its entries, are cut to this.
        decay: the learning rate is divided by `1 + decay * iterations`.
        lr: the older name of `learning_rate`.

    Raises TypeError for other keyword arguments, ValueError for negative ones.
    """

    def __init__(self, name, **kwargs):
        for key, value in kwargs.items():
            if key not in ("clipnorm", "clipvalue", "lr", "decay"):
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {key}")
            if value < 0:
                raise ValueError(f"Expected {key} >= 0, received: {value}")
        self._name, self._use_locking, self._hyper, self._created = name, True, {}, False
        self._slots, self._slot_names, self._weights, self._iterations = {}, [], [], None
        self._deferred_slots, self._initial_decay = {}, kwargs.pop("decay", 0.0)
        kwargs.pop("lr", None)
        self.__dict__.update(kwargs)

    # ---- hyperparameters

    def __getattr__(self, name):
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", ()):
            return self._get_hyper(name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", ()):
            self._set_hyper(name, value)
        else:
            super().__setattr__(name, value)

    def __dir__(self):
        return sorted({*super().__dir__(), *self._hyper, *(["lr"] if "learning_rate" in self._hyper else [])})

    def _set_hyper(self, name, value):
        """Sets a hyperparameter: a number, a tensor, a function without arguments or a schedule."""
        before = self._hyper.get(name)
        if isinstance(before, Variable) and not isinstance(value, LearningRateSchedule) and not callable(value):
            backend.set_value(before, value)
        else:
            self._hyper[name] = value

    def _get_hyper(self, name, dtype=None):
        """A hyperparameter, as a tensor of `dtype` where one is given."""
        self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return value
        value = value() if callable(value) and not isinstance(value, Variable) else value
        return value if dtype is None else _cast(value, dtype)

    def _create_hypers(self):
        if self._created:
            return
        with init_scope():
            for name, value in sorted(self._hyper.items()):
                if not (is_tensor(value) or callable(value)):
                    self._hyper[name] = self.add_weight(
                        name, shape=[], initializer=value, aggregation=VariableAggregation.ONLY_FIRST_REPLICA
                    )
                    self._appeared(name, self._hyper[name])
        self._created = True

    def _decayed_lr(self, dtype):
        """The learning rate of this step."""
        rate = self._get_hyper("learning_rate")
        if isinstance(rate, LearningRateSchedule):
            return _cast(rate(_cast(self.iterations, dtype)), dtype)
        if self._initial_decay > 0.0:
            step = _cast(self.iterations, dtype)
            return _cast(rate, dtype) / (1.0 + self._get_hyper("decay", dtype) * step)
        return lookup("Identity")(_cast(rate, dtype))

    def _serialize_hyperparameter(self, name):
        """A hyperparameter as a plain value: a number, or the dict of a schedule."""
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return serialize(value)
        if callable(value) and not isinstance(value, Variable):
            return value()
        if is_tensor(value) or isinstance(value, Variable):
            return np.asarray(backend.get_value(value)).item()
        return value

    # ---- variables

    @property
    def iterations(self):
        """The variable that counts the steps."""
        if self._iterations is None:
            with init_scope():
                made = self.add_weight("iter", shape=[], dtype=dtypes.int64, aggregation=VariableAggregation.ONLY_FIRST_REPLICA)
            self._iterations = made
            self._weights.append(made)
            self._appeared("iter", made)
        return self._iterations

    @iterations.setter
    def iterations(self, variable):
        if self._iterations is not None:
            raise RuntimeError("Cannot set `iterations` to a new Variable after the Optimizer weights have been created")
        self._iterations = variable
        self._weights.append(variable)

    def add_weight(
        self,
        name,
        shape,
        dtype=None,
        initializer="zeros",
        trainable=None,
        synchronization=VariableSynchronization.AUTO,
        aggregation=VariableAggregation.NONE,
    ):
        """Makes a variable of the optimizer; the initializer may be a number, a name or a function of shape and dtype."""
        dtype = dtypes.as_dtype(dtypes.float32 if dtype is None else dtype)
        start = initializer
        if isinstance(initializer, str) or callable(initializer):
            found = initializers.get(initializer)

            def start():
                return found(shape, dtype=dtype)

        policy = {"synchronization": synchronization, "aggregation": aggregation}
        return Variable(start, trainable=bool(trainable), name=name, dtype=dtype, use_resource=True, **policy)

    def add_slot(self, var, slot_name, initializer="zeros"):
        """Makes, once, the slot `slot_name` of `var`: a variable of its shape and dtype."""
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slots = self._slots.setdefault(key_of(var), {})
        if slot_name not in slots:
            with init_scope(), builder.current().colocate_with(var):
                name = f"{var.name.partition(':')[0]}/{slot_name}"
                slot = self.add_weight(name, var.shape, var.dtype.base_dtype, initializer=initializer)
            slots[slot_name] = slot
            self._weights.append(slot)
            for restore in self._deferred_slots.pop((slot_name, key_of(var)), ()):
                restore(slot)
        return slots[slot_name]

    def get_slot(self, var, slot_name):
        """The slot `slot_name` of `var`, None where there is none."""
        return self._slots.get(key_of(var), {}).get(slot_name)

    def get_slot_names(self):
        """The names of the slots."""
        return self._slot_names

    def _restore_slot_later(self, var, slot_name, restore):
        self._deferred_slots.setdefault((slot_name, key_of(var)), []).append(restore)

    def _trackable_children(self, save_type=None, **kwargs):
        found = {n: v for n, v in self._hyper.items() if isinstance(v, Variable)}
        return found if self._iterations is None else {"iter": self._iterations, **found}

    @property
    def weights(self):
        """The step counter and the slots, in the order in which they were made."""
        return self._weights

    def variables(self):
        """The same as `weights`."""
        return self._weights

    def get_weights(self):
        """The values of `weights`."""
        return backend.batch_get_value(self._weights)

    def set_weights(self, weights):
        """Sets the values of `weights`. Raises ValueError for another count or other shapes."""
        own = self._weights
        if len(own) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on optimizer {self._name} with a  weight list of length {len(weights)}, but the "
                f"optimizer was expecting {len(own)} weights. Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(own, weights):
            if tuple(variable.shape.as_list()) != np.shape(value):
                raise ValueError(
                    f"Optimizer weight shape {tuple(variable.shape.as_list())} not compatible with provided weight shape "
                    f"{np.shape(value)}"
                )
        backend.batch_set_value(list(zip(own, weights)))

    # ---- steps

    def minimize(self, loss, var_list, grad_loss=None, name=None):
        """Makes one step downhill in `loss`, a function without arguments; `var_list` is a list, or a function that gives one."""
        return self.apply_gradients(self._compute_gradients(loss, var_list, grad_loss), name=name)

    def _compute_gradients(self, loss, var_list, grad_loss=None):
        """(gradient, variable) pairs of `loss()`, the gradients cut as the arguments say."""
        if executing_eagerly() or state_scope.eager():
            with GradientTape() as tape:
                if not callable(var_list):
                    tape.watch(var_list)
                value = loss()
            variables = var_list() if callable(var_list) else list(var_list)
            grads = tape.gradient(value, variables, grad_loss)
            return list(zip(self._cut(grads), variables))
        value = loss()
        variables = var_list() if callable(var_list) else list(var_list)
        with name_scope(self._name + "/gradients"):
            grads = gradients(value, variables, grad_loss)
            return list(zip(self._cut(grads), variables))

    def _cut(self, grads):
        if hasattr(self, "clipnorm"):
            grads = [g if g is None else clip.clip_by_norm(g, self.clipnorm) for g in grads]
        if hasattr(self, "clipvalue"):
            grads = [g if g is None else clip.clip_by_value(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def get_gradients(self, loss, params):
        """The gradients of a tensor. Raises ValueError where one is None."""
        with name_scope(self._name + "/gradients"):
            grads = gradients(loss, params)
            for grad, param in zip(grads, params):
                if grad is None:
                    raise ValueError(
                        f"Variable {param} has `None` for gradient. Please make sure that all of your ops have a gradient defined "
                        "(i.e. are differentiable). Common ops without gradient: K.argmax, K.round, K.eval."
                    )
            return self._cut(grads)

    def get_updates(self, loss, params):
        """The operations of one step, in a list."""
        pairs = list(zip(self.get_gradients(loss, params), params))
        for _, v in pairs:
            if v.dtype.base_dtype not in _FLOATS:
                raise ValueError(f"Invalid type {v.dtype!r} for {v.name}, expected: {list(_FLOATS)}.")
        return [self.apply_gradients(pairs)]

    def apply_gradients(self, grads_and_vars, name=None):
        """Makes one step with (gradient, variable) pairs; in a graph, gives its operation. Raises ValueError without gradients."""
        pairs = list(grads_and_vars)
        known = [(g, v) for g, v in pairs if g is not None]
        if not known:
            raise ValueError(f"No gradients provided for any variable: {[v.name for _, v in pairs]}.")
        variables = [v for _, v in known]
        with name_scope(self._name):
            with init_scope():
                _ = self.iterations
                self._create_hypers()
                self._create_slots(variables)
            state = self._prepare(variables)
            with name_scope(name or self._name):
                updates = [self._update(g, v, state) for g, v in known]
                if executing_eagerly():
                    return self.iterations.assign_add(1)
                with control_dependencies([u for u in updates if u is not None]):
                    made = self.iterations.assign_add(1)
                    return getattr(made, "op", made)

    def _update(self, grad, var, state):
        if isinstance(var, Tensor):
            raise NotImplementedError("Trying to update a Tensor ", var)
        label = "update" if var._is_eager else "update_" + var.op.name
        with name_scope(label), builder.current().colocate_with(var):
            if isinstance(grad, IndexedSlices):
                if var.constraint is not None:
                    raise RuntimeError("Cannot use a constraint function on a sparse variable.")
                given = self._state_for(self._resource_apply_sparse, state)
                return self._resource_apply_sparse_duplicate_indices(grad.values, var, grad.indices, **given)
            update = self._resource_apply_dense(grad, var, **self._state_for(self._resource_apply_dense, state))
            if var.constraint is None:
                return update
            with control_dependencies([] if update is None else [update]):
                made = var.assign(var.constraint(var))
                return None if made is None else getattr(made, "op", made)

    def _state_for(self, function, state):
        """What an overridden function takes of `apply_state`."""
        return {"apply_state": state} if objects.takes(function, "apply_state") else {}

    def _prepare(self, var_list):
        """The tensors that all updates of a step share: (device, dtype) -> a dict."""
        state = {}
        for device, dtype in {(v.device, v.dtype.base_dtype): None for v in var_list}:
            state[(device, dtype)] = {}
            self._prepare_local(device, dtype, state)
        return state

    def _prepare_local(self, var_device, var_dtype, apply_state):
        """Fills `apply_state[(device, dtype)]`."""
        if "learning_rate" in self._hyper:
            rate = self._decayed_lr(var_dtype)
            apply_state[(var_device, var_dtype)].update(lr_t=rate, neg_lr_t=-rate)

    # ---- what subclasses override

    def _create_slots(self, var_list):
        """Makes the slots of variables."""

    def _resource_apply_dense(self, grad, handle, apply_state):
        """Changes the variable `handle` by its gradient."""
        raise NotImplementedError()

    def _resource_apply_sparse(self, grad, handle, indices, apply_state):
        """Changes rows of the variable `handle` by their gradients; `indices` are distinct."""
        raise NotImplementedError()

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices, **kwargs):
        """The same for indices that may repeat: their rows are added up first."""
        summed = sum_of_rows(IndexedSlices(grad, indices))
        return self._resource_apply_sparse(summed.values, handle, summed.indices, **kwargs)

    def get_config(self):
        """The arguments as plain values; a subclass adds its own."""
        found = {"name": self._name}
        for name in ("clipnorm", "clipvalue"):
            if hasattr(self, name):
                found[name] = getattr(self, name)
        return found

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The optimizer of `get_config`'s dict."""
        config = dict(config)
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = LearningRateSchedule.of(config["learning_rate"], custom_objects)
        return cls(**config)


def _cast(value, dtype):
    value = convert_to_tensor(value, dtype=None if is_tensor(value) or isinstance(value, Variable) else dtype)
    return value if value.dtype.base_dtype is dtype else math.cast(value, dtype)
