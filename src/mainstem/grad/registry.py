"""Gradient functions by op type: `RegisterGradient`, `NotDifferentiable`, and the built-in ones of `grad.rules`."""

import weakref

_FUNCTIONS = {}
_OF_GRAPHS = weakref.WeakValueDictionary()  # those that `custom_gradient` makes live as long as their graph
# host ops that TensorFlow's users differentiate past: they give no gradient; every other one without a function is an error
NONE_ON_HOST = frozenset(
    ("PyFunc", "PyFuncStateless", "Where", "Unique", "UniqueV2", "CTCGreedyDecoder", "CTCBeamSearchDecoder")
)


class RegisterGradient:
    """Decorator that registers `fn(op, *grads)` as the gradient of an op type, or of a name for `gradient_override_map`.

    The function gives one gradient (tensor, IndexedSlices or None) an input. Raises KeyError when the type is taken.
    """

    def __init__(self, op_type):
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, fn):
        if self._op_type in _FUNCTIONS:
            raise KeyError(f"Registering two gradient with name {self._op_type!r}!")
        _FUNCTIONS[self._op_type] = fn
        return fn


def not_differentiable(op_type):
    """Declares that an op type has no gradient. Raises TypeError for anything but a string."""
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    _FUNCTIONS[op_type] = None


NotDifferentiable = NoGradient = no_gradient = not_differentiable  # TensorFlow's names


OWN = "CustomGradient-"  # names of the gradients that `custom_gradient` makes begin so


def register_in(graph, name, fn):
    """Registers `fn` under a name that only operations of `graph` (or copies of them) bear, as long as the graph lives."""
    graph.__dict__.setdefault("_own_gradients", []).append(fn)
    _OF_GRAPHS[name] = fn


def find(op, overrides=True):
    """Gives (whether a function is registered for this operation, the function or None); without `overrides` only
    `custom_gradient` counts of what `gradient_override_map` names.

    Raises LookupError when `gradient_override_map` names a gradient that nobody registered.
    """
    override = op.attrs.get("_gradient_op_type")
    if override is not None and (overrides or override.startswith(OWN)):
        found = _FUNCTIONS.get(override, _OF_GRAPHS.get(override))
        if found is None and override not in _FUNCTIONS:
            raise LookupError(
                f"No gradient defined for operation '{op.name}' (op type: {op.type}): '{override}' is not registered."
            )
        return True, found
    return op.type in _FUNCTIONS, _FUNCTIONS.get(op.type)


def of_type(op_type):
    """Gives (whether a function is registered for this op type, the function or None)."""
    return op_type in _FUNCTIONS, _FUNCTIONS.get(op_type)
