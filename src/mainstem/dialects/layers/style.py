"""Keras's style of layers: variables belong to the layer and lie in name scopes; variable scopes mean nothing to it."""

import contextlib

from mainstem.state.variable import Variable

_style = {"keras": False}


def is_keras_style():
    """Whether layers that are made now keep their variables to themselves."""
    return _style["keras"]


def set_keras_style():
    """From now on layers and recurrent cells keep their variables to themselves, as Keras's do: two layers never share any.

    They take neither `reuse` nor a scope, and add no updates to `GraphKeys.UPDATE_OPS`.
    """
    _style["keras"] = True


@contextlib.contextmanager
def keras_style_scope():
    """`set_keras_style` for the layers that are made inside the block."""
    before = _style["keras"]
    _style["keras"] = True
    try:
        yield
    finally:
        _style["keras"] = before


def refuse(what, value):
    """Raises ValueError for an argument that only variable scopes could obey."""
    if value is not None:
        raise ValueError(f"{what} argument not allowed when keras style layers are enabled, but saw: {value}")


def own_variable(name, shape, dtype, initializer, trainable, constraint, **how):
    """A variable in the current name scope; `initializer` is an initializer object, its class or a function of shape and dtype."""
    initializer = initializer() if isinstance(initializer, type) else initializer
    return Variable(
        initial_value=lambda: initializer(shape, dtype=dtype),
        trainable=trainable,
        name=name,
        dtype=dtype,
        constraint=constraint,
        use_resource=True,
        **how,
    )
