"""Optimizers of `contrib.opt`: AdaMax, Nadam, LazyAdam, PowerSign, AddSign, decoupled weight decay, averaged weights."""

from math import e as _e
from math import log

from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.ops import array, index, math, scatter  # noqa: F401 - register Gather, Mul, ScatterUpdate
from mainstem.surface.framework import control_dependencies, convert_to_tensor, group
from mainstem.train.adam import AdamOptimizer
from mainstem.train.kernel_optimizer import KernelOptimizer
from mainstem.train.momentum import MomentumOptimizer
from mainstem.train.optimizer import Optimizer, as_type


def _rows(var, indices):
    """The rows of a variable at `indices`."""
    return lookup("GatherV2")(convert_to_tensor(var), indices, 0)


def _scatter(kind, var, indices, rows):
    """The operation that sets ("Update"), adds to or subtracts from rows of a variable."""
    if var._is_resource:
        return lookup("ResourceScatter" + kind)(var.handle, indices, rows)
    return lookup("Scatter" + kind)(var, indices, rows).op


def _mul(x, y):
    return lookup("Mul")(x, y, name="mul")


def _rest(x):
    """`1 - x`."""
    return lookup("Sub")(convert_to_tensor(1, x.dtype.base_dtype), x, name="sub")


class _RowAdam(AdamOptimizer):
    """An Adam whose sparse rule gets distinct rows: `_apply_rows(grad, var, indices)`."""

    def _apply_rows(self, grad, var, indices):
        raise NotImplementedError()

    def _apply_sparse(self, grad, var):
        return self._apply_rows(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad, handle, indices):
        return self._apply_rows(grad, handle, indices)

    def _hypers(self, grad):
        """(beta1, beta2, epsilon) in the type of `grad`."""
        return tuple(as_type(t, grad) for t in (self._beta1_t, self._beta2_t, self._epsilon_t))

    def _rate(self, grad):
        """`lr * sqrt(1 - beta2^t) / (1 - beta1^t)`."""
        power1, power2 = (as_type(convert_to_tensor(p), grad) for p in self._get_beta_accumulators())
        scaled = _mul(as_type(self._lr_t, grad), lookup("Sqrt")(_rest(power2)))
        return lookup("RealDiv")(scaled, _rest(power1), name="truediv")

    def _moments(self, grad, var, indices):
        """(new rows of m, new rows of v, the operations that store them)."""
        beta1, beta2, _ = self._hypers(grad)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        add = lookup("AddV2")
        new_m = add(_mul(beta1, _rows(m, indices)), _mul(_rest(beta1), grad), name="add")
        new_v = add(_mul(beta2, _rows(v, indices)), _mul(_rest(beta2), lookup("Square")(grad)), name="add")
        return new_m, new_v, [_scatter("Update", m, indices, new_m), _scatter("Update", v, indices, new_v)]


class LazyAdamOptimizer(_RowAdam):
    """Adam that leaves rows alone, momentum and all, that a sparse gradient does not name."""

    def _apply_rows(self, grad, var, indices):
        new_m, new_v, stored = self._moments(grad, var, indices)
        below = lookup("AddV2")(lookup("Sqrt")(new_v), self._hypers(grad)[2], name="add")
        step = lookup("RealDiv")(_mul(self._rate(grad), new_m), below, name="truediv")
        return group(_scatter("Sub", var, indices, step), *stored)


class NadamOptimizer(_RowAdam):
    """Adam with Nesterov momentum (Dozat, 2015). A sparse gradient moves only its rows, but all moments decay."""

    def _op_attrs(self):
        return {"use_nesterov": True}

    def _decayed(self, slot, beta, grad, indices):
        """Decays the whole slot, adds `grad` to its rows; gives the new rows."""
        kept = slot.assign(_mul(convert_to_tensor(slot), beta), use_locking=self._use_locking).op
        with control_dependencies([kept]):
            added = _scatter("Add", slot, indices, grad)
        with control_dependencies([added]):
            now = slot.read_value() if slot._is_resource else lookup("Identity")(slot._ref(), name="read")
            return lookup("GatherV2")(now, indices, 0), added

    def _apply_rows(self, grad, var, indices):
        beta1, beta2, epsilon = self._hypers(grad)
        scaled = _mul(grad, _rest(beta1))
        m, m_stored = self._decayed(self.get_slot(var, "m"), beta1, scaled, indices)
        v, v_stored = self._decayed(self.get_slot(var, "v"), beta2, _mul(_mul(grad, grad), _rest(beta2)), indices)
        ahead = lookup("AddV2")(scaled, _mul(beta1, m), name="add")
        below = lookup("AddV2")(lookup("Sqrt")(v), epsilon, name="add")
        step = lookup("RealDiv")(_mul(self._rate(grad), ahead), below, name="truediv")
        return group(_scatter("Sub", var, indices, step), m_stored, v_stored)


class AdaMaxOptimizer(_RowAdam):
    """Adam by the infinity norm (Kingma and Ba, 2014, section 7.1): `v = max(beta2 * v, |gradient|)`.

    A sparse gradient touches only its rows.
    """

    _op = "AdaMax"

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="AdaMax"):
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _get_beta_accumulators(self):
        return self._get_non_slot_variable("beta1_power")

    def _create_slots(self, var_list):
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(self._call_if_callable(self._beta1), name="beta1_power", colocate_with=first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _op_values(self):
        return {
            "beta1_power": self._get_beta_accumulators(),
            "lr": self._lr_t,
            "beta1": self._beta1_t,
            "beta2": self._beta2_t,
            "epsilon": self._epsilon_t,
        }

    def _apply_rows(self, grad, var, indices):
        beta1, beta2, epsilon = self._hypers(grad)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        new_m = lookup("AddV2")(_mul(_rows(m, indices), beta1), _mul(grad, _rest(beta1)), name="add")
        new_v = lookup("Maximum")(_mul(_rows(v, indices), beta2), lookup("Abs")(grad))
        power = as_type(convert_to_tensor(self._get_beta_accumulators()), grad)
        rate = lookup("RealDiv")(as_type(self._lr_t, grad), _rest(power), name="truediv")
        ratio = lookup("RealDiv")(new_m, lookup("AddV2")(new_v, epsilon, name="add"), name="truediv")
        stored = [_scatter("Update", m, indices, new_m), _scatter("Update", v, indices, new_v)]
        return group(_scatter("Sub", var, indices, _mul(rate, ratio)), *stored)

    def _finish(self, update_ops, name_scope):
        power = self._get_beta_accumulators()
        with control_dependencies(update_ops), builder.current().colocate_with(power):
            update = self._next_power(power, self._beta1_t)
        return group(*update_ops, update, name=name_scope)


class _SignOptimizer(KernelOptimizer):
    """What PowerSign and AddSign share: the moving average "m" and the decay of the sign's influence."""

    _op_slots = {"m": "m"}

    def __init__(self, learning_rate, beta, sign_decay_fn, use_locking, name):
        super().__init__(use_locking, name)
        self._lr, self._beta, self._sign_decay_fn = learning_rate, beta, sign_decay_fn

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """As `Optimizer.apply_gradients`; `sign_decay_fn` needs the `global_step`."""
        if self._sign_decay_fn is not None:
            self._sign_decay_t = convert_to_tensor(self._sign_decay_fn(global_step), name="sign_decay")
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "m", self._name)

    def _prepare_sign(self, name, value):
        """Makes the tensors of one update; gives that of the rule's own hyperparameter."""
        self._lr_t = self._hyper(self._lr, "learning_rate")
        self._beta_t = self._hyper(self._beta, "beta")
        made = self._hyper(value, name)
        if self._sign_decay_fn is None:
            self._sign_decay_t = convert_to_tensor(1.0, name="sign_decay")
        return made


class PowerSignOptimizer(_SignOptimizer):
    """`var -= lr * base^(f * sign(gradient) * sign(m)) * gradient` (Bello et al., 2017), f from `sign_decay_fn(global_step)`."""

    _op = "PowerSign"

    def __init__(self, learning_rate=0.1, base=_e, beta=0.9, sign_decay_fn=None, use_locking=False, name="PowerSignOptimizer"):
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._logbase = log(base)

    def _prepare(self):
        self._logbase_t = self._prepare_sign("logbase", self._logbase)

    def _op_values(self):
        return {"lr": self._lr_t, "logbase": self._logbase_t, "sign_decay": self._sign_decay_t, "beta": self._beta_t}


class AddSignOptimizer(_SignOptimizer):
    """`var -= lr * (alpha + f * sign(gradient) * sign(m)) * gradient` (Bello et al., 2017), f from `sign_decay_fn(global_step)`."""

    _op = "AddSign"

    def __init__(self, learning_rate=0.1, alpha=1.0, beta=0.9, sign_decay_fn=None, use_locking=False, name="AddSignOptimizer"):
        super().__init__(learning_rate, beta, sign_decay_fn, use_locking, name)
        self._alpha = alpha

    def _prepare(self):
        self._alpha_t = self._prepare_sign("alpha", self._alpha)

    def _op_values(self):
        return {"lr": self._lr_t, "alpha": self._alpha_t, "sign_decay": self._sign_decay_t, "beta": self._beta_t}


class DecoupledWeightDecayExtension:
    """Mixed in before an optimizer: shrinks variables by `weight_decay * var` before the update (Loshchilov and Hutter, 2017).

    `weight_decay` (a number, tensor or function) is the first argument; the others go to the optimizer.
    """

    def __init__(self, weight_decay, **kwargs):
        self._weight_decay, self._decay_var_list = weight_decay, None
        super().__init__(**kwargs)

    def minimize(
        self,
        loss,
        global_step=None,
        var_list=None,
        gate_gradients=Optimizer.GATE_OP,
        aggregation_method=None,
        colocate_gradients_with_ops=False,
        name=None,
        grad_loss=None,
        decay_var_list=None,
    ):
        """As `Optimizer.minimize`; only `decay_var_list` (default: all variables) shrinks."""
        self._decay_var_list = {v.ref() for v in decay_var_list} if decay_var_list else None
        return super().minimize(
            loss, global_step, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, name, grad_loss
        )

    def apply_gradients(self, grads_and_vars, global_step=None, name=None, decay_var_list=None):
        """As `Optimizer.apply_gradients`; only `decay_var_list` (default: all variables) shrinks."""
        self._decay_var_list = {v.ref() for v in decay_var_list} if decay_var_list else self._decay_var_list
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _prepare(self):
        self._weight_decay_tensor = self._hyper(self._weight_decay, "weight_decay")
        super()._prepare()

    def _shrunk(self, var, indices=None):
        """Control inputs of the update: the operation that shrinks `var`, or its rows at `indices`."""
        if self._decay_var_list is not None and var.ref() not in self._decay_var_list:
            return []
        rate = as_type(self._weight_decay_tensor, var)
        if indices is None:
            return [var.assign_sub(_mul(rate, convert_to_tensor(var)), use_locking=self._use_locking).op]
        once, _ = lookup("Unique")(indices)
        return [_scatter("Sub", var, once, _mul(rate, _rows(var, once)))]

    def _apply_dense(self, grad, var):
        with control_dependencies(self._shrunk(var)):
            return super()._apply_dense(grad, var)

    def _resource_apply_dense(self, grad, handle):
        with control_dependencies(self._shrunk(handle)):
            return super()._resource_apply_dense(grad, handle)

    def _apply_sparse_duplicate_indices(self, grad, var):
        with control_dependencies(self._shrunk(var, grad.indices)):
            return super()._apply_sparse_duplicate_indices(grad, var)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        with control_dependencies(self._shrunk(handle, indices)):
            return super()._resource_apply_sparse_duplicate_indices(grad, handle, indices)


def extend_with_decoupled_weight_decay(base_optimizer):
    """Gives an optimizer class like `base_optimizer` whose first argument is `weight_decay`."""

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):
        """The base optimizer with decoupled weight decay."""

        def __init__(self, weight_decay, *args, **kwargs):
            base_optimizer.__init__(self, *args, **kwargs)
            self._weight_decay, self._decay_var_list = weight_decay, None

    return OptimizerWithDecoupledWeightDecay


class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2017)."""

    def __init__(
        self, weight_decay, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="AdamW"
    ):
        AdamOptimizer.__init__(self, learning_rate, beta1, beta2, epsilon, use_locking, name)
        self._weight_decay, self._decay_var_list = weight_decay, None


class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """Momentum with decoupled weight decay (Loshchilov and Hutter, 2017)."""

    def __init__(self, weight_decay, learning_rate, momentum, use_locking=False, name="MomentumW", use_nesterov=False):
        MomentumOptimizer.__init__(self, learning_rate, momentum, use_locking, name, use_nesterov)
        self._weight_decay, self._decay_var_list = weight_decay, None
