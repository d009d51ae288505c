"""`tf.keras.optimizers`: the rules of `ops/training.py` with Keras's arguments, slots and names."""

from mainstem.base import shapes
from mainstem.core.registry import lookup
from mainstem.dialects.keras import backend, objects
from mainstem.dialects.keras.optimizer import OptimizerV2
from mainstem.dialects.keras.schedules import LearningRateSchedule
from mainstem.dialects.keras.tf_optimizer import TFOptimizer
from mainstem.eager.context import executing_eagerly
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.ops import math as math_ops
from mainstem.ops import training  # noqa: F401 - registers the rules
from mainstem.surface import array, index, math
from mainstem.surface.framework import control_dependencies, convert_to_tensor
from mainstem.train.optimizer import Optimizer as TrainOptimizer
from mainstem.train.optimizer import sum_of_rows


class _OfOp(OptimizerV2):
    """The base of those whose rule is an op: `_op` is its name, `_op_slots` maps its arguments to slots."""

    _op, _op_slots, _hypers, _plain = None, {}, (), ()

    def _begin(self, name, kwargs, learning_rate, **hypers):
        """Takes the arguments; `hypers` become hyperparameters."""
        OptimizerV2.__init__(self, name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        for key, value in hypers.items():
            self._set_hyper(key, value)

    def get_config(self):
        """The arguments as plain values."""
        told = {n: self._serialize_hyperparameter(n) for n in ("learning_rate", "decay", *self._hypers)}
        return {**super().get_config(), **told, **{n: getattr(self, n) for n in self._plain}}

    def _create_slots(self, var_list):
        for slot in self._op_slots.values():
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[(var_device, var_dtype)]
        state.update({n: self._get_hyper(n, var_dtype) for n in self._hypers})
        state["lr"] = state["lr_t"]
        if "epsilon" in self.__dict__:
            state["epsilon"] = convert_to_tensor(self.epsilon, dtype=var_dtype)
        self._more(state, var_dtype)

    def _more(self, state, dtype):
        """Adds further tensors that updates share."""

    def _attrs(self):
        return {}

    def _named(self):
        """(op, argument -> slot) of this optimizer."""
        return self._op, self._op_slots

    def _state(self, var, apply_state):
        return apply_state[(var.device, var.dtype.base_dtype)]

    def _apply(self, prefix, grad, var, indices, apply_state):
        name, slots = self._named()
        op = lookup(prefix + name)
        given = {**self._state(var, apply_state), "var": var, "grad": grad, "delta": grad, "indices": indices}
        given.update({argument: self.get_slot(var, slot) for argument, slot in slots.items()})
        args = [given[a.name].handle if a.name in op.writes else given[a.name] for a in op.inputs]
        return op(*args, use_locking=self._use_locking, **self._attrs())

    def _resource_apply_dense(self, grad, handle, apply_state=None):
        return self._apply("ResourceApply", grad, handle, None, apply_state)

    def _resource_apply_sparse(self, grad, handle, indices, apply_state=None):
        return self._apply("ResourceSparseApply", grad, handle, indices, apply_state)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices, **kwargs):
        return self._resource_apply_sparse(grad, handle, indices, **kwargs)  # the ops add repeated rows up

    def _dense(self, var, values, indices):
        """A sparse gradient as a tensor."""
        known = shapes.as_tuple(var.shape)
        rows = convert_to_tensor(known[0], "int32") if shapes.known(known) else lookup("Shape")(var)[0]
        return lookup("UnsortedSegmentSum")(values, indices, rows)


class SGD(_OfOp):
    """`v = momentum * v - learning_rate * g; w += v`, or the look-ahead form of Nesterov; without momentum `w -= learning_rate * g`.

    Unlike in `tf.train.MomentumOptimizer`, the velocity holds the learning rate. Raises ValueError for a momentum outside [0, 1].
    """

    _op_slots, _hypers, _plain = {"accum": "momentum"}, ("momentum",), ("nesterov",)

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, name="SGD", **kwargs):
        if isinstance(momentum, (int, float)) and not 0 <= momentum <= 1:
            raise ValueError("`momentum` must be between [0, 1].")
        self._begin(name, kwargs, learning_rate, momentum=momentum)
        self._momentum, self.nesterov = callable(momentum) or not isinstance(momentum, (int, float)) or momentum > 0, nesterov

    def _create_slots(self, var_list):
        if self._momentum:
            super()._create_slots(var_list)

    def _more(self, state, dtype):
        state["alpha"] = state["lr_t"]

    def _named(self):
        return ("KerasMomentum", self._op_slots) if self._momentum else ("GradientDescent", {})

    def _attrs(self):
        return {"use_nesterov": self.nesterov} if self._momentum else {}

    def _resource_apply_sparse(self, grad, handle, indices, apply_state=None):
        if self._momentum:
            return super()._resource_apply_sparse(grad, handle, indices, apply_state)
        rate = self._state(handle, apply_state)["lr_t"]
        return lookup("ResourceScatterAdd")(handle.handle, indices, -grad * rate)


class RMSprop(_OfOp):
    """Gradients divided by the root of a moving mean of their squares; epsilon is added to the root, with momentum to the mean.

    Args:
        rho: of the moving mean.
        centered: subtract the square of the moving mean of the gradients.
        learning_rate, momentum, epsilon, name: as of other optimizers.

    Raises ValueError for a momentum outside [0, 1].
    """

    _hypers, _plain = ("rho", "momentum"), ("epsilon", "centered")

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, name="RMSprop", **kwargs):
        if isinstance(momentum, (int, float)) and not 0 <= momentum <= 1:
            raise ValueError("`momentum` must be between [0, 1].")
        self._begin(name, kwargs, learning_rate, rho=rho, momentum=momentum)
        self._momentum = callable(momentum) or not isinstance(momentum, (int, float)) or momentum > 0
        self.epsilon, self.centered = epsilon or backend.epsilon(), centered

    def _named(self):
        slots = {"ms": "rms", **({"mom": "momentum"} if self._momentum else {}), **({"mg": "mg"} if self.centered else {})}
        return "CenteredRMSProp" if self.centered else "RMSProp", slots

    def _create_slots(self, var_list):
        for slot in self._named()[1].values():
            for var in var_list:
                self.add_slot(var, slot)

    def _resource_apply_dense(self, grad, handle, apply_state=None):
        if self._momentum:
            return super()._resource_apply_dense(grad, handle, apply_state)
        state, rms = self._state(handle, apply_state), self.get_slot(handle, "rms")
        mean = _assigned(rms, state["rho"] * rms + (1 - state["rho"]) * math.square(grad))
        size = mean
        if self.centered:
            mg = self.get_slot(handle, "mg")
            size = mean - math.square(_assigned(mg, state["rho"] * mg + (1 - state["rho"]) * grad))
        return _done(handle.assign_sub(state["lr"] * grad / (math.sqrt(size) + state["epsilon"])))

    def _resource_apply_sparse(self, grad, handle, indices, apply_state=None):
        if self._momentum:
            return super()._resource_apply_sparse(grad, handle, indices, apply_state)
        return self._resource_apply_dense(self._dense(handle, grad, indices), handle, apply_state)


class Adagrad(_OfOp):
    """Gradients divided by the root of the sum of all their squares, which begins at `initial_accumulator_value`.

    Raises ValueError for a negative one.
    """

    _op, _op_slots, _plain = "AdagradV2", {"accum": "accumulator"}, ("initial_accumulator_value", "epsilon")

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, name="Adagrad", **kwargs):
        if initial_accumulator_value < 0.0:
            raise ValueError(f"initial_accumulator_value must be non-negative: {initial_accumulator_value}")
        self._begin(name, kwargs, learning_rate)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon or backend.epsilon()

    def _create_slots(self, var_list):
        from_value = _Filled(self.initial_accumulator_value)
        for var in var_list:
            self.add_slot(var, "accumulator", from_value)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The optimizer of `get_config`'s dict; without `initial_accumulator_value` it is 0, as in older files."""
        return super().from_config({"initial_accumulator_value": 0.0, **config}, custom_objects)


class Adadelta(_OfOp):
    """Gradients divided by the root of a moving mean of their squares, times that of the steps (Zeiler, arXiv:1212.5701)."""

    _op, _op_slots = "Adadelta", {"accum": "accum_grad", "accum_update": "accum_var"}
    _hypers, _plain = ("rho",), ("epsilon",)

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, name="Adadelta", **kwargs):
        self._begin(name, kwargs, learning_rate, rho=rho)
        self.epsilon = epsilon or backend.epsilon()


class _Adaptive(_OfOp):
    """The base of Adam's kin: powers of the betas come from the step."""

    _op_slots, _hypers, _plain = {"m": "m", "v": "v"}, ("beta_1", "beta_2"), ("epsilon",)

    def _more(self, state, dtype):
        step = math.cast(self.iterations + 1, dtype)
        state.update(beta1=state["beta_1"], beta2=state["beta_2"])
        state.update(beta1_power=math.pow(state["beta_1"], step), beta2_power=math.pow(state["beta_2"], step))


class Adam(_Adaptive):
    """Adam (Kingma and Ba, arXiv:1412.6980) with epsilon added to the root before the bias correction; with `amsgrad` the
    largest second moment so far counts (Reddi et al., arXiv:1904.09237).
    """

    _plain = ("epsilon", "amsgrad")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, name="Adam", **kwargs):
        self._begin(name, kwargs, learning_rate, beta_1=beta_1, beta_2=beta_2)
        self.epsilon, self.amsgrad = epsilon or backend.epsilon(), amsgrad

    def _named(self):
        return ("AdamWithAmsgrad", {**self._op_slots, "vhat": "vhat"}) if self.amsgrad else ("Adam", self._op_slots)

    def _create_slots(self, var_list):
        for slot in self._named()[1].values():
            for var in var_list:
                self.add_slot(var, slot)

    def _resource_apply_sparse(self, grad, handle, indices, apply_state=None):
        return self._resource_apply_dense(self._dense(handle, grad, indices), handle, apply_state)

    def set_weights(self, weights):
        """Sets the values of `weights`; those of older files without `vhat` are taken, too."""
        count = int((len(self.weights) - 1) / 2)
        super().set_weights(weights[: len(self.weights)] if len(weights) == 3 * count + 1 else weights)


class Adamax(_Adaptive):
    """Adam with the largest gradient in place of the second moment (Kingma and Ba, arXiv:1412.6980)."""

    _op = "AdaMax"

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name="Adamax", **kwargs):
        self._begin(name, kwargs, learning_rate, beta_1=beta_1, beta_2=beta_2)
        self.epsilon = epsilon or backend.epsilon()

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices, **kwargs):
        summed = sum_of_rows(IndexedSlices(grad, indices))
        return self._resource_apply_sparse(summed.values, handle, summed.indices, **kwargs)

    def _resource_apply_sparse(self, grad, handle, indices, apply_state=None):
        state, m, v = self._state(handle, apply_state), self.get_slot(handle, "m"), self.get_slot(handle, "v")
        first = index.gather(m, indices) * state["beta1"] + grad * (1 - state["beta1"])
        largest = math_ops.maximum(index.gather(v, indices) * state["beta2"], math.abs(grad))
        rate = state["lr"] / (1 - state["beta1_power"])
        step = -rate * first / (largest + state["epsilon"])
        made = []
        for kind, var, rows in (("Update", m, first), ("Update", v, largest), ("Add", handle, step)):
            with control_dependencies([u for u in made if u is not None]):
                made.append(lookup("ResourceScatter" + kind)(var.handle, indices, rows))
        return made[-1]


class Nadam(_Adaptive):
    """Adam with Nesterov's momentum (Dozat, 2015), whose schedule is kept in `momentum_cache`. Takes no learning rate schedule."""

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name="Nadam", **kwargs):
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        if isinstance(kwargs.get("lr", learning_rate), LearningRateSchedule):
            raise ValueError(
                "The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as the learning rate."
            )
        self._begin(name, kwargs, learning_rate, beta_1=beta_1, beta_2=beta_2)
        self.epsilon, self._m_cache = epsilon or backend.epsilon(), None

    def _create_slots(self, var_list):
        if self._m_cache is None:
            self._m_cache = self.add_weight("momentum_cache", shape=[], dtype=var_list[0].dtype.base_dtype, initializer="ones")
            self._weights.append(self._m_cache)
        super()._create_slots(var_list)

    def _more(self, state, dtype):
        super()._more(state, dtype)
        state["lr"] = self._get_hyper("learning_rate", dtype)  # the decay is that of the momentum
        step = math.cast(self.iterations + 1, dtype)
        now, then = (state["beta_1"] * (1.0 - 0.5 * math.pow(0.96, self._initial_decay * s)) for s in (step, step + 1.0))
        product = _assigned(self._m_cache, self._m_cache * math.cast(now, self._m_cache.dtype))
        state.update(now=now, then=then, product=math.cast(product, dtype))

    def _moved(self, grad, handle, state, first, second):
        """The step for moments that were renewed."""
        grad = grad / (1.0 - state["product"])
        first = first / (1.0 - state["product"] * state["then"])
        second = second / (1.0 - state["beta2_power"])
        mixed = (1.0 - state["now"]) * grad + state["then"] * first
        return state["lr"] * mixed / (math.sqrt(second) + state["epsilon"])

    def _resource_apply_dense(self, grad, handle, apply_state=None):
        state, m, v = self._state(handle, apply_state), self.get_slot(handle, "m"), self.get_slot(handle, "v")
        first = _assigned(m, state["beta1"] * m + (1 - state["beta1"]) * grad)
        second = _assigned(v, state["beta2"] * v + (1 - state["beta2"]) * math.square(grad))
        return _done(handle.assign_sub(self._moved(grad, handle, state, first, second)))

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices, **kwargs):
        summed = sum_of_rows(IndexedSlices(grad, indices))
        return self._resource_apply_sparse(summed.values, handle, summed.indices, **kwargs)

    def _resource_apply_sparse(self, grad, handle, indices, apply_state=None):
        state, m, v = self._state(handle, apply_state), self.get_slot(handle, "m"), self.get_slot(handle, "v")
        whole = self._dense(handle, grad, indices)
        first = _assigned(m, state["beta1"] * m + (1 - state["beta1"]) * whole)
        second = _assigned(v, state["beta2"] * v + (1 - state["beta2"]) * math.square(whole))
        step = self._moved(grad, handle, state, index.gather(first, indices), index.gather(second, indices))
        return lookup("ResourceScatterSub")(handle.handle, indices, step)


class Ftrl(_OfOp):
    """Follow the regularized leader (McMahan et al., 2013), with the arguments of `tf.train.FtrlOptimizer`.

    Raises ValueError for negative strengths or accumulators, or a positive `learning_rate_power`.
    """

    _op_slots = {"accum": "accumulator", "linear": "linear"}
    _hypers = ("learning_rate_power", "l1_regularization_strength", "l2_regularization_strength")
    _plain = ("initial_accumulator_value", "l2_shrinkage_regularization_strength")

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        name="Ftrl",
        l2_shrinkage_regularization_strength=0.0,
        **kwargs,
    ):
        checked = {"initial_accumulator_value": initial_accumulator_value}
        checked |= {"l1_regularization_strength": l1_regularization_strength}
        checked |= {"l2_regularization_strength": l2_regularization_strength}
        checked |= {"l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength}
        for key, value in checked.items():
            if value < 0.0:
                raise ValueError(f"{key} {value} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power} needs to be negative or zero")
        self._begin(
            name,
            kwargs,
            learning_rate,
            learning_rate_power=learning_rate_power,
            l1_regularization_strength=l1_regularization_strength,
            l2_regularization_strength=l2_regularization_strength,
        )
        self.initial_accumulator_value = initial_accumulator_value
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list):
        for var in var_list:
            self.add_slot(var, "accumulator", _Filled(self.initial_accumulator_value))
            self.add_slot(var, "linear")

    def _named(self):
        return "FtrlV2" if self.l2_shrinkage_regularization_strength > 0.0 else "Ftrl", self._op_slots

    def _more(self, state, dtype):
        state.update(lr_power=state["learning_rate_power"], l1=state["l1_regularization_strength"])
        state["l2"] = state["l2_regularization_strength"]
        state["l2_shrinkage"] = convert_to_tensor(self.l2_shrinkage_regularization_strength, dtype=dtype)


class _Filled:
    """An initializer of one number."""

    def __init__(self, value):
        self.value = value

    def __call__(self, shape, dtype=None):
        return array.fill(shapes.as_tuple(shape), math.cast(convert_to_tensor(float(self.value)), dtype))


def _assigned(variable, value):
    """Gives a variable a value; and that value, known to be there."""
    made = variable.assign(value)
    with control_dependencies([] if executing_eagerly() else [getattr(made, "op", made)]):
        return lookup("Identity")(value)


def _done(made):
    return None if executing_eagerly() else getattr(made, "op", made)


KNOWN = {c.__name__: c for c in (SGD, RMSprop, Adagrad, Adadelta, Adam, Adamax, Nadam, Ftrl)}


def serialize(optimizer):
    """An optimizer as a dict of its class and arguments."""
    return objects.serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer of `serialize`'s dict; those of Keras in any case of letters. Raises ValueError for an unknown one."""
    lower = {name.lower(): kind for name, kind in KNOWN.items()}
    if config["class_name"].lower() in lower:
        config = {**config, "class_name": config["class_name"].lower()}
    return objects.deserialize_keras_object(config, lower, custom_objects, "optimizer")


def get(identifier):
    """The optimizer for a name or a dict of `serialize`; one of `tf.train` is wrapped. Raises ValueError for other things."""
    if isinstance(identifier, (OptimizerV2, TFOptimizer)):
        return identifier
    if isinstance(identifier, TrainOptimizer):
        return TFOptimizer(identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    raise ValueError("Could not interpret optimizer identifier:", identifier)
