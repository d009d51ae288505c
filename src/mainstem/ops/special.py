"""Special functions, and the gradient ops that old graphs hold by name (`SigmoidGrad`, `TanhGrad`, ...)."""

import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np
from jax import lax

from mainstem.base import dtypes, shapes
from mainstem.core.families import broadcast_shape, same_shape, unary
from mainstem.core.registry import op
from mainstem.ops.elementwise import collect, constant, spread, zeros_like

FLOATING, INEXACT = dtypes.FLOATING, dtypes.INEXACT
WIDE = frozenset((dtypes.float32, dtypes.float64))


def _broadcast_three(inputs, attrs):
    a, b, x = (i.shape for i in inputs)
    return [shapes.broadcast(shapes.broadcast(a, b), x)]


def _in_single(fn):
    """Half types are computed in float32."""

    def kernel(x):
        return fn(x.astype(np.float32)).astype(x.dtype) if x.dtype.itemsize < 4 else fn(x)

    kernel.__module__ = __name__
    return kernel


def _unary(name, fn):
    return unary(name, _in_single(fn), T=FLOATING)


lgamma = _unary("Lgamma", lax.lgamma)
digamma = _unary("Digamma", lax.digamma)
erf = _unary("Erf", lax.erf)
erfc = _unary("Erfc", lax.erfc)
erfinv = _unary("Erfinv", lax.erf_inv)
ndtri = _unary("Ndtri", special.ndtri)
bessel_i0e = _unary("BesselI0e", lax.bessel_i0e)
bessel_i1e = _unary("BesselI1e", lax.bessel_i1e)
bessel_i0 = _unary("BesselI0", special.i0)
bessel_i1 = _unary("BesselI1", special.i1)
spence = _unary("Spence", special.spence)
spence.vjp(lambda inputs, outputs, grads: grads[0] * -jnp.log(inputs[0]) / (inputs[0] - constant(1, inputs[0])))
expint = _unary("Expint", special.expi)


@op("Atan2", "T, T -> T", T=FLOATING, shape=broadcast_shape)
def atan2(y, x):
    """The angle of the point (x, y), in [-pi, pi]."""
    return lax.atan2(*spread(y, x))


@op("NextAfter", "T, T -> T", T=WIDE, shape=broadcast_shape)
def next_after(x1, x2, *, T: "type" = dtypes.float32):
    """The next value after `x1` in the direction of `x2`."""
    return lax.nextafter(*spread(x1, x2))


@next_after.vjp
def _next_after_grad(inputs, outputs, grads, **attrs):
    x, y = inputs
    return collect(grads[0], x), zeros_like(y)


@op("Igamma", "T, T -> T", T=WIDE, shape=broadcast_shape)
def igamma(a, x):
    """The regularized lower incomplete gamma function P(a, x)."""
    return lax.igamma(*spread(a, x))


@op("Igammac", "T, T -> T", T=WIDE, shape=broadcast_shape)
def igammac(a, x):
    """The regularized upper incomplete gamma function Q(a, x)."""
    return lax.igammac(*spread(a, x))


@op("IgammaGradA", "T, T -> T", T=WIDE, shape=broadcast_shape, differentiable=False)
def igamma_grad_a(a, x):
    """The derivative of P(a, x) by `a`."""
    return lax.igamma_grad_a(*spread(a, x))


@op("Betainc", "T, T, T -> T", T=WIDE, shape=_broadcast_three)
def betainc(a, b, x):
    """The regularized incomplete beta function I_x(a, b)."""
    return lax.betainc(*spread(a, b, x))


@betainc.vjp
def _betainc_grad(inputs, outputs, grads):
    a, b, x = spread(*inputs)
    one = constant(1, x)
    log_beta = lax.lgamma(a) + lax.lgamma(b) - lax.lgamma(a + b)
    slope = jnp.exp((b - one) * jnp.log1p(-x) + (a - one) * jnp.log(x) - log_beta)
    return None, None, collect(grads[0] * slope, inputs[2])


@op("Zeta", "T, T -> T", T=WIDE, shape=broadcast_shape)
def zeta(x, q):
    """The Hurwitz zeta function."""
    return lax.zeta(*spread(x, q))


@zeta.vjp
def _zeta_grad(inputs, outputs, grads):
    x, q = spread(*inputs)
    return None, collect(grads[0] * -x * lax.zeta(x + constant(1, x), q), inputs[1])


@op("Polygamma", "T, T -> T", T=WIDE, shape=broadcast_shape)
def polygamma(a, x):
    """The derivative of order `a` of the digamma function."""
    return lax.polygamma(*spread(a, x))


@polygamma.vjp
def _polygamma_grad(inputs, outputs, grads):
    a, x = spread(*inputs)
    return None, collect(grads[0] * lax.polygamma(a + constant(1, a), x), inputs[1])


# ---- gradients that TensorFlow's graphs hold as ops of their own; `y` is the forward output, `dy` what arrives


def _gradient_op(name, fn, doc, also=()):
    def kernel(y, dy):
        return fn(lax.conj(y) if np.iscomplexobj(y) else y, dy)

    kernel.__doc__ = doc
    return op(name, "T, T -> T", T=INEXACT, shape=same_shape, also=also)(kernel)


sigmoid_grad = _gradient_op("SigmoidGrad", lambda y, dy: dy * y * (constant(1, y) - y), "Gradient of Sigmoid.")
tanh_grad = _gradient_op("TanhGrad", lambda y, dy: dy * (constant(1, y) - y * y), "Gradient of Tanh.")
sqrt_grad = _gradient_op("SqrtGrad", lambda y, dy: dy * constant(0.5, y) / y, "Gradient of Sqrt.")
rsqrt_grad = _gradient_op("RsqrtGrad", lambda y, dy: dy * constant(-0.5, y) * y * y * y, "Gradient of Rsqrt.")
reciprocal_grad = _gradient_op("ReciprocalGrad", lambda y, dy: -dy * y * y, "Gradient of Reciprocal.", also=("InvGrad",))
