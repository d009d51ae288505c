"""Calling a kernel on flat lists of arrays, and its vector-Jacobian product: the only place that does either."""

import jax
import jax.numpy as jnp
import numpy as np

FLOAT0 = jax.dtypes.float0


def kernel_attrs(op, attrs):
    """The attrs that the kernel names as keyword parameters."""
    return {k: attrs[k] for k in op.kernel_attrs}


def group(op, flat, attrs):
    """Splits a flat list of inputs into the kernel's arguments (a list for a list argument)."""
    if not op.has_list_input:
        return list(flat)
    out, i = [], 0
    for arg in op.inputs:
        if arg.is_list:
            n = attrs[arg.number] if arg.number else len(attrs[arg.type_list])
            out.append(list(flat[i : i + n]))
            i += n
        else:
            out.append(flat[i])
            i += 1
    return out


def flatten(op, result, leading=0):
    """Flattens what a kernel returned; `leading` more values stand before the op's own outputs (new states)."""
    ordinary = [a for a in op.outputs if not a.is_ref]
    count = leading + len(ordinary)
    if count == 0:
        return []
    if count == 1:
        return list(result) if leading == 0 and ordinary[0].is_list else [result]
    if not op.has_list_output:
        return list(result)
    out = list(result[:leading])
    for arg, r in zip(ordinary, result[leading:], strict=True):
        out += list(r) if arg.is_list else [r]
    return out


def evaluate(op, flat, attrs, state=()):
    """Runs the kernel; gives new states, new values of written variables, then the flat outputs."""
    args = group(op, flat, attrs)
    result = op.kernel(*state, *args, **kernel_attrs(op, attrs))
    return flatten(op, result, len(state) + len(op.writes))


def differentiable(x):
    """Whether a value has a gradient: an array of a floating or complex type."""
    return not isinstance(x, (int, float)) and hasattr(x, "dtype") and jnp.issubdtype(x.dtype, jnp.inexact)


def vjp(op, flat, attrs):
    """Evaluates an op and gives (flat outputs, pull).

    `pull(grads)` takes one gradient or None an output and gives one gradient or None a flat input; inputs that are static or
    not of a floating type get None.
    """
    if op.rule is not None:
        outputs = evaluate(op, flat, attrs)
        return outputs, lambda grads: apply_rule(op, flat, attrs, outputs, grads)
    return _automatic(op, flat, attrs)


def apply_rule(op, flat, attrs, outputs, grads):
    """Gradients of the flat inputs by the op's hand-written rule."""
    regroup = outputs
    if op.has_list_output:
        regroup, i = [], 0
        for arg in op.outputs:
            n = (attrs[arg.number] if arg.number else len(attrs[arg.type_list])) if arg.is_list else 1
            regroup.append(list(outputs[i : i + n]) if arg.is_list else outputs[i])
            i += n
    result = op.rule(group(op, flat, attrs), regroup, grads, **kernel_attrs(op, attrs))
    if not isinstance(result, (tuple, list)):
        result = (result,)
    out = []
    for arg, r in zip(op.inputs, result, strict=True):
        if arg.is_list:
            n = attrs[arg.number] if arg.number else len(attrs[arg.type_list])
            out += list(r) if r is not None else [None] * n
        else:
            out.append(r)
    return out


def positions(op, attrs, names):
    """Flat input positions of the arguments called `names`."""
    if not names:
        return frozenset()
    out, i = set(), 0
    for arg in op.inputs:
        n = (attrs[arg.number] if arg.number else len(attrs[arg.type_list])) if arg.is_list else 1
        if arg.name in names:
            out.update(range(i, i + n))
        i += n
    return out


def static_positions(op, attrs):
    """Flat positions of the inputs whose values must be known when compiling."""
    return positions(op, attrs, op.static)


def _automatic(op, flat, attrs):
    static = static_positions(op, attrs)
    wrt = [i for i, x in enumerate(flat) if i not in static and differentiable(x)]

    def fn(*values):
        full = list(flat)
        for i, v in zip(wrt, values, strict=True):
            full[i] = v
        return evaluate(op, full, attrs)

    outputs, back = jax.vjp(fn, *(jax.tree.map(jnp.asarray, flat[i]) for i in wrt))

    def pull(grads):
        filled = []
        for g, o in zip(grads, outputs, strict=True):
            if not differentiable(o):
                filled.append(jax.tree.map(lambda a: np.zeros(a.shape, FLOAT0), o))
            else:
                filled.append(jax.tree.map(jnp.zeros_like, o) if g is None else jax.tree.map(conjugate, g))
        out = [None] * len(flat)
        for i, g in zip(wrt, back(filled), strict=True):
            out[i] = jax.tree.map(conjugate, g)
        return out

    return outputs, pull


def conjugate(g):
    """A gradient in TensorFlow's convention for JAX and back: of f(z), TensorFlow passes on g * conj(f'(z)), JAX g * f'(z)."""
    return jnp.conj(g) if jnp.issubdtype(g.dtype, jnp.complexfloating) else g
