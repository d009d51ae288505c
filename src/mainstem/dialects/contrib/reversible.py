"""Reversible residual blocks (Gomez et al., arXiv:1707.04585) and layers that are computed again for the gradient."""

import functools
import inspect

from mainstem.dialects.layers.base import Layer
from mainstem.grad import custom
from mainstem.graph.tensor import Tensor
from mainstem.surface.framework import convert_to_tensor
from mainstem.surface.variable_scope import get_variable_scope, variable_scope


def _many(fn, count, what):
    fns = list(fn) if isinstance(fn, (list, tuple)) else [fn] * count
    if len(fns) != count:
        raise AssertionError(f"RevBlock: {len(fns)} functions '{what}' for {count} layers.")
    return fns


class RevBlock(Layer):
    """`num_layers` times y1 = x1 + f(x2), y2 = x2 + g(y1), which can be undone by `backward`.

    Args:
        f, g: functions of a tensor (and of their side input where there is one), or a list of one for each layer.
        num_layers: how many.
        f_side_input, g_side_input: lists of tensors that the functions also get.
        use_efficient_backprop: accepted; XLA decides what is kept for the gradient.

    Variables are made below `revlayer_<i>/f` and `revlayer_<i>/g`.
    """

    def __init__(
        self, f, g, num_layers=1, f_side_input=None, g_side_input=None, use_efficient_backprop=True, name="revblock", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.num_layers, self.f, self.g = num_layers, _many(f, num_layers, "f"), _many(g, num_layers, "g")
        self.f_side_input, self.g_side_input = f_side_input or [], g_side_input or []
        self.use_efficient_backprop, self._made = use_efficient_backprop, False

    def _parts(self, i):
        def part(label, fn, side):
            def run(x):
                with variable_scope(label):
                    return fn(x, side) if side else fn(x)

            return run

        return part("f", self.f[i], self.f_side_input), part("g", self.g[i], self.g_side_input)

    def _layer(self, i):
        return variable_scope(f"revlayer_{i}", reuse=self._made or None, use_resource=True)

    def build(self, _):
        """Makes nothing: the functions make their variables when they are called."""
        self.built = True

    def call(self, inputs, forward=True):
        """(y1, y2) for (x1, x2); with `forward` False the other way round."""
        if not forward:
            return self._undone(*inputs)
        x1, x2 = inputs
        for i in range(self.num_layers):
            with self._layer(i):
                f, g = self._parts(i)
                x1 = x1 + f(x2)
                x2 = x2 + g(x1)
        self._made = True
        return x1, x2

    def forward(self, x1, x2):
        """The same as calling the block."""
        return self((x1, x2))

    def backward(self, y1, y2):
        """The inputs from the outputs."""
        return self((y1, y2), forward=False)

    def _undone(self, y1, y2):
        for i in reversed(range(self.num_layers)):
            with self._layer(i):
                f, g = self._parts(i)
                y2 = y2 - g(y1)
                y1 = y1 - f(y2)
        self._made = True
        return y1, y2


def rev_block(x1, x2, f, g, num_layers=1, f_side_input=None, g_side_input=None, is_training=True):
    """`RevBlock` as a function: (y1, y2)."""
    block = RevBlock(
        f=f,
        g=g,
        num_layers=num_layers,
        f_side_input=f_side_input,
        g_side_input=g_side_input,
        use_efficient_backprop=is_training,
        _reuse=None,
    )
    return block.forward(x1, x2)


def _with_arguments(decorator):
    """The decorator, which may also be written with arguments: `@decorator(key=value)`."""

    @functools.wraps(decorator)
    def either(*args, **kwargs):
        return decorator(*args, **kwargs) if args else functools.partial(decorator, **kwargs)

    return either


@_with_arguments
def recompute_grad(fn, use_data_dep="__rev_block_lib_default", tupleize_grads=False):
    """A function like `fn` that keeps nothing between for the gradient: `fn` runs again on the way back.

    Args:
        fn: a function of tensors. It is told by `is_recomputing=` which run it is, when it takes that.
        use_data_dep, tupleize_grads: how TensorFlow orders the two runs; here the way back is a part of one XLA program.

    May be used as a decorator with or without arguments. Raises ValueError when `fn` is a closure over a tensor, and, from
    `tf.gradients`, when two calls in one variable scope made variables under numbered names.
    """
    _refuse_closures(fn)
    tells = "is_recomputing" in inspect.signature(fn).parameters

    @functools.wraps(fn)
    def wrapped(*args):
        scope, names = get_variable_scope(), []

        def run(*inner):
            if not names:
                names.append(_named_in_first_run(scope, lambda: fn(*inner)))
                return names[-1][1]
            seen = set()
            with variable_scope(scope, reuse=True, auxiliary_name_scope=False, custom_getter=_noting(seen)):
                result = fn(*inner, **({"is_recomputing": True} if tells else {}))
            if seen != names[0][0]:
                raise ValueError(
                    f"recompute_grad: {fn.__name__} was called twice in the same enclosing scope: its second run reads "
                    f"{sorted(seen)} instead of {sorted(names[0][0])}. Call it in variable scopes of its own."
                )
            return result

        return custom.recompute_grad(run)(*[convert_to_tensor(a) for a in args])

    return wrapped


def _refuse_closures(fn):
    for cell in getattr(fn, "__closure__", None) or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not set yet
            continue
        if isinstance(held, Tensor):
            raise ValueError(
                f"{fn.__name__} closes over the tensor {held!r}: pass it as an argument, so that it has a gradient."
            )


def _noting(seen, own=None):
    """A custom getter that notes the names of the variables that pass; `own` is the getter that was there before."""

    def noted(getter, name, *args, **kwargs):
        seen.add(name)
        return own(getter, name, *args, **kwargs) if own is not None else getter(name, *args, **kwargs)

    return noted


def _named_in_first_run(scope, run):
    """(the names of the variables that `run()` gets, its result)."""
    seen, own = set(), scope.custom_getter
    scope.set_custom_getter(_noting(seen, own))
    try:
        return seen, run()
    finally:
        scope.set_custom_getter(own)
