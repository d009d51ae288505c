"""Operations of bodies whose gradient is not that of their kernel: one written beside the op, or one of the user's own.

A body is differentiated by JAX as a whole, so JAX has to be told: each such operation is a `jax.custom_vjp`.
"""

import weakref

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.core import evaluate
from mainstem.lower import body, effects
from mainstem.ops.tensor_list import TensorList


def has_own(op):
    """Whether the gradient of an operation is another than its kernel's."""
    return op.own_gradient is not None or op.definition.rule is not None


def run(op, args, tracer):
    """Evaluates the operation; gives its flat outputs, which have its gradient."""
    dynamic = [i for i, a in enumerate(args) if isinstance(a, (jax.Array, TensorList))]
    fixed = [None if i in dynamic else a for i, a in enumerate(args)]
    definition, attrs, taken = op.definition, op.attrs, []
    back = _of_rule(definition, attrs)
    if op.own_gradient is not None:
        taken = [jax.tree.map(jnp.asarray, tracer._value(t)) for t in op.own_gradient.captured]
        back = _of_user(weakref.ref(op), type(tracer))  # JAX keeps these functions for long, a graph must not live as long

    def full(given):
        flat = list(fixed)
        for i, v in zip(dynamic, given, strict=True):
            flat[i] = v
        return flat

    @jax.custom_vjp
    def evaluated(given, kept):
        return evaluate.evaluate(definition, full(given), attrs)

    def forward(given, kept):
        made = evaluated(given, kept)
        return made, (given, made, kept)

    def backward(saved, grads):
        given, made, kept = saved
        grads = [_conjugate(g) if evaluate.differentiable(m) else None for g, m in zip(grads, made, strict=True)]
        found = back(full(given), made, grads, kept)
        return [_cotangent(found[i], v) for i, v in zip(dynamic, given, strict=True)], jax.tree.map(_nothing, kept)

    evaluated.defvjp(forward, backward)
    return list(evaluated([args[i] for i in dynamic], taken))


def _of_rule(definition, attrs):
    return lambda flat, made, grads, kept: evaluate.apply_rule(definition, flat, attrs, made, grads)


def _of_user(reference, kind):
    def back(flat, made, grads, kept):
        own = reference().own_gradient
        bound = body.Body(own.graph, "", effects.Effects(), 0, False, kind)
        seeds = [grads[i] for i in own.floats]
        found, _ = bound._evaluate(dict(zip(own.graph.inputs, [*seeds, *kept], strict=True)), {})
        return [None if n is None else found[n] for n in own.form]

    return back


def _conjugate(g):
    return jax.tree.map(evaluate.conjugate, g)


def _cotangent(g, value):
    if g is None or not evaluate.differentiable(value):
        return jax.tree.map(_nothing, value)
    return _conjugate(jax.tree.map(jnp.asarray, g))


def _nothing(value):
    if evaluate.differentiable(value):
        return jnp.zeros(value.shape, value.dtype)
    return np.zeros(value.shape, evaluate.FLOAT0)
