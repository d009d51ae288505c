"""The functions of `tf.keras.backend` that steer: gradients, branches, loops, and tensors as functions of others."""

from mainstem.base import dtypes, nest
from mainstem.dialects.keras import backend, backend_math, replay
from mainstem.dialects.layers.branch import static_value
from mainstem.grad import gradients as gradient
from mainstem.state import scope as state_scope
from mainstem.surface import array, control_flow, framework, host, loops, masking, math, variables


def gradients(loss, variables):
    """The gradients of a loss."""
    return gradient.gradients(loss, variables, colocate_gradients_with_ops=True)


def stop_gradient(variables):
    """The same tensors, constant for gradients."""
    if isinstance(variables, (list, tuple)):
        return [framework.stop_gradient(v) for v in variables]
    return framework.stop_gradient(variables)


def _called(value):
    return value() if callable(value) else value


def switch(condition, then_expression, else_expression):
    """One of two expressions, tensors or functions that give them: by a scalar, or element by element.

    Raises ValueError for a condition with more axes than the expressions.
    """
    if condition.dtype != dtypes.bool:
        condition = math.cast(condition, dtypes.bool)
    rank = backend_math.ndim(condition)
    if not rank:
        return control_flow.cond_v1(condition, lambda: _called(then_expression), lambda: _called(else_expression))
    first, second = _called(then_expression), _called(else_expression)
    if rank > backend_math.ndim(first):
        raise ValueError(
            f"Rank of `condition` should be less than or equal to rank of `then_expression` and `else_expression`. "
            f"ndim(condition)={rank}, ndim(then_expression)={backend_math.ndim(first)}"
        )
    if rank > 1:
        for _ in range(backend_math.ndim(first) - rank):
            condition = array.expand_dims(condition, -1)
        condition = math.logical_and(condition, array.ones_like_v1(first, dtype=dtypes.bool))
    return masking.where_v1(condition, first, second)


def in_train_phase(x, alt, training=None):
    """`x` when training, else `alt`; each a tensor or a function. `training` is the learning phase by default."""
    training = backend.learning_phase() if training is None else training
    known = static_value(training)
    if known is not None:
        return _called(x if known else alt)
    return switch(training, x, alt)


def in_test_phase(x, alt, training=None):
    """`x` when not training, else `alt`; see `in_train_phase`."""
    return in_train_phase(alt, x, training=training)


def print_tensor(x, message=""):
    """The same tensor, printed whenever it is computed."""
    return host.print_v1(x, [x], message)


def map_fn(fn, elems, name=None, dtype=None):
    """A function applied to each element of the first axis."""
    return loops.map_fn(fn, elems, name=name, dtype=dtype)


def foldl(fn, elems, initializer=None, name=None):
    """A function of what was before and an element, from the first element on."""
    return loops.foldl(fn, elems, initializer=initializer, name=name)


def foldr(fn, elems, initializer=None, name=None):
    """A function of what was before and an element, from the last element on."""
    return loops.foldr(fn, elems, initializer=initializer, name=name)


class Function:
    """Tensors of a graph as a function of others: called with a list of arrays, it gives a list of arrays.

    Args:
        inputs: the tensors to feed.
        outputs: the tensors to compute, also nested ones.
        updates: operations, or pairs (variable, new value), that run too.
        name: is not used.
        session_kwargs: `fetches` and `feed_dict` of further runs, and options that do not matter here.
    """

    def __init__(self, inputs, outputs, updates=None, name=None, **session_kwargs):
        self.inputs, self._form = nest.flatten(inputs), outputs
        self.outputs, self.feed_dict = nest.flatten(outputs), session_kwargs.pop("feed_dict", None) or {}
        self.fetches = list(session_kwargs.pop("fetches", None) or [])
        with backend.get_graph().as_default():
            made = [variables.assign(*u) if isinstance(u, tuple) else u for u in updates or () if u is not None]
            with framework.control_dependencies(self.outputs[:1]):
                self._updates = [framework.group(*made)] if made else []

    def __call__(self, inputs):
        """Runs the graph on arrays."""
        session = backend.get_session(self.outputs[:1])
        given = nest.flatten(inputs)
        feed = {**self.feed_dict, **dict(zip(self.inputs, given, strict=True))}
        feed = {k: v for k, v in feed.items() if v is not None}
        found = session.run([*self.outputs, *self._updates, *self.fetches], feed)
        return nest.pack_sequence_as(self._form, found[: len(self.outputs)])


class EagerFunction:
    """`Function` in eager mode: the part of Keras's own graph that leads from some tensors to others, run on values."""

    def __init__(self, inputs, outputs, updates=None, name=None, **session_kwargs):
        if updates:
            raise ValueError("`updates` argument is not supported during eager execution. You passed: " + str(updates))
        self.inputs, self._form, self.outputs = nest.flatten(inputs), outputs, nest.flatten(outputs)

    def __call__(self, inputs):
        """Computes the outputs."""
        given = [framework.convert_to_tensor(v, dtype=t.dtype) for t, v in zip(self.inputs, nest.flatten(inputs), strict=True)]
        found = replay.replay(self.outputs, {id(t): v for t, v in zip(self.inputs, given, strict=True)})
        return nest.pack_sequence_as(self._form, [t.numpy() for t in found])


def function(inputs, outputs, updates=None, name=None, **kwargs):
    """Tensors as a function of others; see `Function`."""
    kind = EagerFunction if state_scope.eager() else Function
    return kind(inputs, outputs, updates=updates, name=name, **kwargs)
