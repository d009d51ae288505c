"""The update rules of optimizers: one rule an optimizer, registered for `ref` and `resource` variables, dense and by rows.

A rule is `rule(var, slots..., hyperparameters and gradient..., *, attrs) -> new var, new slots...`, on whole arrays or on the
gathered rows of a sparse gradient alike, so `ApplyX`, `ResourceApplyX`, `SparseApplyX` and `ResourceSparseApplyX` are one text.
A sparse update touches only the rows it names and, as optimizers do, sums the gradients of a repeated row first; a row outside
the variable is dropped.
"""

import inspect

import jax
import jax.numpy as jnp

from mainstem.base import dtypes, shapes
from mainstem.core.registry import op

_LOCK = inspect.Parameter("use_locking", inspect.Parameter.KEYWORD_ONLY, default=False)


def sum_duplicates(values, indices, rows):
    """Gives (ids, sums): ascending distinct `indices` [n], each with the sum of its `values` [n, ...].

    The length stays n, so that no shape depends on data: places left over hold ids >= `rows`, for scatters that drop them.
    Indices outside [0, rows) count as left over.
    """
    values, indices = jnp.asarray(values), jnp.asarray(indices)  # constants arrive as NumPy arrays
    n = indices.shape[0]
    spare = jnp.asarray(rows, indices.dtype)
    indices = jnp.where((indices < 0) | (indices >= spare), spare, indices)
    if n <= 1:
        return indices, values
    order = jnp.argsort(indices, stable=True)
    ordered = indices[order]
    starts = jnp.concatenate([jnp.zeros(1, bool), ordered[1:] != ordered[:-1]])
    place = jnp.cumsum(starts.astype(jnp.int32), dtype=jnp.int32)
    sums = jax.ops.segment_sum(values[order], place, n, indices_are_sorted=True)
    unused = spare + jnp.arange(n, dtype=indices.dtype)  # distinct, so the scatter may count on unique ids
    ids = unused.at[place].set(ordered, indices_are_sorted=True)
    return ids, sums


def _rule_kernel(rule, parameters, attrs, places):
    """The kernel of a dense update: the rule itself, with the attr `use_locking` that changes nothing here."""

    def kernel(*args, use_locking=False, **options):
        return rule(*args, **options)

    return _described(kernel, rule, parameters, attrs)


def _row_kernel(rule, parameters, attrs, places):
    """The kernel of a sparse update: the rule on the rows that `indices` names."""
    count, at = places

    def kernel(*args, use_locking=False, **options):
        variables, grad, indices = args[:count], args[at], args[at + 1]
        ids, sums = sum_duplicates(grad, indices, variables[0].shape[0])
        rows = [v.at[ids].get(mode="clip", indices_are_sorted=True) for v in variables]
        new = rule(*rows, *args[count:at], sums, *args[at + 2 :], **options)
        new = new if isinstance(new, tuple) else (new,)
        made = tuple(
            v.at[ids].set(r, mode="drop", unique_indices=True, indices_are_sorted=True)
            for v, r in zip(variables, new, strict=True)
        )
        return made if count > 1 else made[0]

    return _described(kernel, rule, parameters, attrs)


def _described(kernel, rule, parameters, attrs):
    kernel.__doc__, kernel.__module__, kernel.__name__ = rule.__doc__, rule.__module__, rule.__name__
    positional = [inspect.Parameter(p, inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in parameters]
    kernel.__signature__ = inspect.Signature([*positional, _LOCK, *attrs])
    return kernel


def _shape_rule(parameters, count, sparse, resource):
    """Shapes: variables alike, the gradient like the variable (or like rows of it), all else scalars."""

    def rule(inputs, attrs):
        given = dict(zip(parameters, inputs, strict=True))
        var = given.pop(parameters[0]).shape
        for name in parameters[1:count]:
            var = shapes.merge(var, given.pop(name).shape)
        grad = given.pop("grad" if "grad" in given else "delta").shape
        if sparse:
            ids = shapes.merge(given.pop("indices").shape, (None,))
            if grad is not None and var is not None:
                shapes.merge(grad, (*ids, *var[1:]))
        else:
            var = shapes.merge(var, grad)
        for name, known in given.items():
            if known.shape is not None and known.shape != ():
                raise ValueError(f"Shape must be rank 0 but is rank {len(known.shape)} for '{name}'")
        return [] if resource else [var]

    return rule


def _register(name, make, rule, parameters, attrs, count, sparse, refs):
    at = parameters.index("grad" if "grad" in parameters else "delta")
    for resource in (False, True) if refs else (True,):
        kinds = []
        for i, p in enumerate(parameters):
            if i < count:
                kinds.append("resource" if resource else "ref T")
            else:
                kinds.append({"indices": "Tindices", "global_step": "int64"}.get(p, "T"))
        text = ", ".join(kinds) + (" ->" if resource else " -> out:ref T")
        variables = tuple(parameters[:count])
        allowed = {"T": dtypes.NUMERIC, **({"Tindices": dtypes.INDEX} if sparse else {})}
        shape = _shape_rule(parameters, count, sparse, resource)
        kernel = make(rule, parameters, attrs, (count, at))
        full = ("Resource" if resource else "") + name
        op(full, text, writes=variables, shape=shape, differentiable=False, **allowed)(kernel)


def _update(name, variables, sparse=True, refs=True):
    """Registers a rule as `Apply<name>` and its twins; its first `variables` parameters are the variable and its slots.

    `refs` is False for the ops that take resource variables only.
    """

    def register(rule):
        given = inspect.signature(rule).parameters.values()
        parameters = [p.name for p in given if p.kind is p.POSITIONAL_OR_KEYWORD]
        attrs = [p for p in given if p.kind is p.KEYWORD_ONLY]
        _register("Apply" + name, _rule_kernel, rule, parameters, attrs, variables, False, refs)
        if sparse:
            rows = ["grad" if p == "delta" else p for p in parameters]
            rows.insert(rows.index("grad") + 1, "indices")
            _register("SparseApply" + name, _row_kernel, rule, rows, attrs, variables, True, refs)
        return rule

    return register


def _shrunk(x, by):
    """Soft thresholding: `x` moved towards zero by `by`, stopping there."""
    return jnp.sign(x) * jnp.maximum(jnp.abs(x) - by, jnp.zeros((), x.dtype))


@_update("GradientDescent", 1, sparse=False)
def gradient_descent(var, alpha, delta):
    """`var -= alpha * delta`."""
    return var - alpha * delta


@_update("ProximalGradientDescent", 1)
def proximal_gradient_descent(var, alpha, l1, l2, delta):
    """Gradient descent, then the proximal step of `l1` and `l2` regularization (Duchi and Singer, 2009)."""
    return _shrunk(var - alpha * delta, alpha * l1) / (1 + l2 * alpha)


@_update("Momentum", 2)
def momentum(var, accum, lr, grad, momentum, *, use_nesterov=False):
    """`accum = momentum * accum + grad; var -= lr * accum`, or the look-ahead form of Nesterov."""
    accum = momentum * accum + grad
    step = grad * lr + accum * momentum * lr if use_nesterov else lr * accum
    return var - step, accum


@_update("Adagrad", 2)
def adagrad(var, accum, lr, grad, *, update_slots=True):
    """`accum += grad²; var -= lr * grad / sqrt(accum)` (Duchi et al., 2011)."""
    accum = accum + grad * grad if update_slots else accum
    return var - lr * grad * jax.lax.rsqrt(accum), accum


@_update("AdagradV2", 2)
def adagrad_v2(var, accum, lr, epsilon, grad, *, update_slots=True):
    """`accum += grad²; var -= lr * grad / (sqrt(accum) + epsilon)`."""
    accum = accum + grad * grad if update_slots else accum
    return var - lr * grad / (jnp.sqrt(accum) + epsilon), accum


@_update("ProximalAdagrad", 2)
def proximal_adagrad(var, accum, lr, l1, l2, grad):
    """Adagrad, then the proximal step of `l1` and `l2` at each element's own rate."""
    accum = accum + grad * grad
    rate = lr * jax.lax.rsqrt(accum)
    return _shrunk(var - grad * rate, rate * l1) / (1 + l2 * rate), accum


@_update("AdagradDA", 3)
def adagrad_da(var, gradient_accumulator, gradient_squared_accumulator, grad, lr, l1, l2, global_step):
    """Dual averaging: the variable follows from the sums of all gradients and of their squares (Duchi et al., 2011)."""
    total = gradient_accumulator + grad
    squares = gradient_squared_accumulator + grad * grad
    step = global_step.astype(var.dtype)
    var = -lr * _shrunk(total, l1 * step) / (l2 * step * lr + jnp.sqrt(squares))
    return var, total, squares


@_update("Adadelta", 3)
def adadelta(var, accum, accum_update, lr, rho, epsilon, grad):
    """Steps in the variable's own units: `update = sqrt(accum_update + ε) / sqrt(accum + ε) * grad` (Zeiler, 2012)."""
    accum = accum * rho + grad * grad * (1 - rho)
    update = jnp.sqrt(accum_update + epsilon) * jax.lax.rsqrt(accum + epsilon) * grad
    return var - update * lr, accum, accum_update * rho + update * update * (1 - rho)


@_update("RMSProp", 3)
def rmsprop(var, ms, mom, lr, rho, momentum, epsilon, grad):
    """`ms += (grad² - ms)(1 - rho); mom = momentum * mom + lr * grad / sqrt(ms + ε); var -= mom`."""
    ms = ms + (grad * grad - ms) * (1 - rho)
    mom = mom * momentum + grad * lr * jax.lax.rsqrt(ms + epsilon)
    return var - mom, ms, mom


@_update("CenteredRMSProp", 4)
def centered_rmsprop(var, mg, ms, mom, lr, rho, momentum, epsilon, grad):
    """RMSProp by the variance of the gradient: `ms - mg²` in place of `ms` (Graves, 2013)."""
    ms = ms + (grad * grad - ms) * (1 - rho)
    mg = mg + (grad - mg) * (1 - rho)
    mom = mom * momentum + grad * lr * jax.lax.rsqrt(ms - mg * mg + epsilon)
    return var - mom, mg, ms, mom


def _followed(var, accum, linear, grad, pull, lr, l1, l2, lr_power):
    """The FTRL-proximal step; `pull` is the gradient with its shrinkage."""
    grown = accum + grad * grad
    before, after = jnp.power(accum, -lr_power), jnp.power(grown, -lr_power)
    linear = linear + pull - (after - before) / lr * var
    var = jnp.where(jnp.abs(linear) > l1, (l1 * jnp.sign(linear) - linear) / (after / lr + 2 * l2), jnp.zeros((), var.dtype))
    return var, grown, linear


@_update("Ftrl", 3)
def ftrl(var, accum, linear, grad, lr, l1, l2, lr_power):
    """Follow the regularized leader (McMahan et al., 2013): exact zeros for small `linear` under `l1`."""
    return _followed(var, accum, linear, grad, grad, lr, l1, l2, lr_power)


@_update("FtrlV2", 3)
def ftrl_v2(var, accum, linear, grad, lr, l1, l2, l2_shrinkage, lr_power):
    """FTRL with `l2_shrinkage`: a penalty on size that does not enter the accumulated squares."""
    return _followed(var, accum, linear, grad, grad + 2 * l2_shrinkage * var, lr, l1, l2, lr_power)


@_update("Adam", 3, sparse=False)
def adam(var, m, v, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad, *, use_nesterov=False):
    """Adam in its "epsilon hat" form: `lr * sqrt(1 - β2^t) / (1 - β1^t) * m / (sqrt(v) + ε)` (Kingma and Ba, 2014)."""
    rate = lr * jnp.sqrt(1 - beta2_power) / (1 - beta1_power)
    m = m + (grad - m) * (1 - beta1)
    v = v + (grad * grad - v) * (1 - beta2)
    ahead = m * beta1 + (1 - beta1) * grad if use_nesterov else m
    return var - ahead * rate / (jnp.sqrt(v) + epsilon), m, v


@_update("AdaMax", 3, sparse=False)
def adamax(var, m, v, beta1_power, lr, beta1, beta2, epsilon, grad):
    """Adam by the infinity norm: `v = max(β2 * v, |grad|)`."""
    m = m + (grad - m) * (1 - beta1)
    v = jnp.maximum(beta2 * v, jnp.abs(grad))
    return var - lr / (1 - beta1_power) * (m / (v + epsilon)), m, v


@_update("PowerSign", 2, sparse=False)
def power_sign(var, m, lr, logbase, sign_decay, beta, grad):
    """Gradient descent scaled by `exp(logbase * sign_decay * sign(grad) * sign(m))` (Bello et al., 2017)."""
    m = m * beta + grad * (1 - beta)
    agree = jnp.sign(grad) * jnp.sign(m)
    return var - lr * jnp.exp(logbase * sign_decay * agree) * grad, m


@_update("AddSign", 2, sparse=False)
def add_sign(var, m, lr, alpha, sign_decay, beta, grad):
    """Gradient descent scaled by `alpha + sign_decay * sign(grad) * sign(m)` (Bello et al., 2017)."""
    m = m * beta + grad * (1 - beta)
    return var - lr * (alpha + sign_decay * jnp.sign(grad) * jnp.sign(m)) * grad, m


@_update("AdamWithAmsgrad", 4, sparse=False, refs=False)
def adam_with_amsgrad(var, m, v, vhat, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad):
    """Adam that divides by the largest `v` so far (Reddi et al., 2018)."""
    rate = lr * jnp.sqrt(1 - beta2_power) / (1 - beta1_power)
    m = m + (grad - m) * (1 - beta1)
    v = v + (grad * grad - v) * (1 - beta2)
    vhat = jnp.maximum(vhat, v)
    return var - m * rate / (jnp.sqrt(vhat) + epsilon), m, v, vhat


@_update("KerasMomentum", 2, refs=False)
def keras_momentum(var, accum, lr, grad, momentum, *, use_nesterov=False):
    """Momentum whose accumulator holds the rate: `accum = momentum * accum - lr * grad; var += accum`."""
    accum = momentum * accum - lr * grad
    return var + (momentum * accum - lr * grad if use_nesterov else accum), accum
