"""`tf.raw_ops`: every op under its own name, called with keyword arguments only."""

import inspect
import re

from mainstem.core.registry import MISSING
from mainstem.eager.context import context

_AXIS = {"axis": "reduction_indices"}
# where the public name of an input or attr is not the OpDef's
_PUBLIC = {
    **dict.fromkeys(("Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm", "All", "Any"), _AXIS),
    **dict.fromkeys(("Split", "SplitV"), {"axis": "split_dim"}),
    "ExpandDims": {"axis": "dim"},
    "Squeeze": {"axis": "squeeze_dims"},
    "Select": {"x": "t", "y": "e"},
    "Where": {"condition": "input"},
}


def _signature(op, shown):
    """Inputs, attrs that inputs do not tell (those without a default first), name."""
    told = {t for a in op.inputs for t in (a.type, a.number, a.type_list) if isinstance(t, str)}
    kind, empty = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    order = sorted(op.attrs, key=lambda k: op.kernel_attrs.index(k) if k in op.kernel_attrs else -1)
    attrs = [(k, empty if op.attrs[k].default is MISSING else op.attrs[k].default) for k in order if k not in told]
    rows = [(a.name, empty) for a in op.inputs] + sorted(attrs, key=lambda row: row[1] is not empty) + [("name", None)]
    return inspect.Signature([inspect.Parameter(shown.get(k, k), kind, default=d) for k, d in rows])


class raw_op:  # noqa: N801 - stands for a function
    """The function of `tf.raw_ops` for a registered op; it raises TypeError for positional and for missing arguments."""

    def __init__(self, op):
        self._op, self.__name__, self.__doc__ = op, op.name, op.doc

    @property
    def __signature__(self):
        """Made when asked for: the names of 600 ops would take their time at every import."""
        return _signature(self._op, {own: name for name, own in _PUBLIC.get(self._op.name, {}).items()})

    def __call__(self, *args, name=None, **given):
        op, public = self._op, _PUBLIC.get(self._op.name, {})
        if args:
            raise TypeError(f"{op.name} takes keyword arguments only: {', '.join(self.__signature__.parameters)}.")
        given = {public.get(k, k): v for k, v in given.items()}
        lacking = [a.name for a in op.inputs if a.name not in given]
        if lacking:
            raise TypeError(f"{op.name} lacks the arguments {', '.join(lacking)}: {', '.join(self.__signature__.parameters)}.")
        return op(*[given.pop(a.name) for a in op.inputs], name=name, **given)

    def __repr__(self):
        return f"<raw op {self._op.name}>"


class gen_op(raw_op):  # noqa: N801 - stands for a function
    """The function of an op as TensorFlow's `gen_…_ops` files have it: `snake_case`, and arguments by position too."""

    def __init__(self, op):
        super().__init__(op)
        self.__name__ = snake_case(op.name)

    def __call__(self, *args, **given):
        return super().__call__(**self.__signature__.bind(*args, **given).arguments)

    def __repr__(self):
        return f"<function {self.__name__} of the op {self._op.name}>"


class eager_fallback(gen_op):  # noqa: N801 - stands for a function
    """The function of a `gen_…_ops` file that runs an op eagerly, whatever the mode is; it takes a context `ctx`, and ignores it."""

    def __init__(self, op):
        super().__init__(op)
        self.__name__ += "_eager_fallback"

    @property
    def __signature__(self):
        """The op's, and `ctx`."""
        own = super().__signature__
        return own.replace(
            parameters=[*own.parameters.values(), inspect.Parameter("ctx", own.parameters["name"].kind, default=None)]
        )

    def __call__(self, *args, **given):
        given = self.__signature__.bind(*args, **given).arguments
        given.pop("ctx", None)
        with context().as_default():
            return raw_op.__call__(self, **given)


def snake_case(name):
    """The name of an op as a function's: `Conv2DBackpropInput` is `conv2d_backprop_input`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", name).lower()
