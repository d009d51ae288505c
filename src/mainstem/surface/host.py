"""Printing, assertions, Python callbacks and files: `tf.Print`, `tf.print`, `tf.Assert`, `tf.py_func`, `tf.read_file`."""

import functools
import pprint

from mainstem.base import dtypes, nest
from mainstem.core import builder
from mainstem.eager.context import context
from mainstem.grad import custom, tape
from mainstem.graph.graph import Graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.tensor import Tensor
from mainstem.ops import host
from mainstem.surface import check_eager
from mainstem.surface.framework import convert_to_tensor, name_scope


def print_v1(input_, data, message=None, first_n=None, summarize=None, name=None):
    """Gives `input_`, and writes `message` and the tensors `data` to standard error whenever it is computed.

    Args:
        input_: the tensor to pass on; gradients pass too.
        data: a list of tensors of which up to `summarize` (3; all when negative) elements are shown.
        first_n: write only in the first so many runs.
    """
    return host.print_v1(
        input_,
        list(data),
        message="" if message is None else message,
        first_n=-1 if first_n is None else first_n,
        summarize=3 if summarize is None else summarize,
        name=name,
    )


class _Slot:
    """Stands for a tensor inside a structure that `pprint` formats."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def _is_tensor(x):
    return isinstance(x, Tensor) or hasattr(x, "_as_graph_tensor")


def _template(items, mark, tensors):
    """The items as text with `mark` for each tensor, which is added to `tensors`."""

    def replace(x):
        if isinstance(x, SparseTensor):
            tensors.extend((x.indices, x.values, x.dense_shape))
            return _Slot(f"'SparseTensor(indices={mark}, values={mark}, shape={mark})'")
        if _is_tensor(x):
            tensors.append(x)
            return _Slot(mark)
        if isinstance(x, dict):
            return {k: replace(v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            made = [replace(v) for v in x]
            return type(x)(*made) if hasattr(x, "_fields") else type(x)(made)
        return x

    return [x if isinstance(x, str) else pprint.pformat(replace(x)) for x in items]


def format_strings(template, inputs, placeholder="{}", summarize=3, name=None):
    """A string tensor: `template` with each `placeholder` replaced by one of the tensors `inputs`."""
    inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if template.count(placeholder) != len(inputs):
        raise ValueError(
            f"{template.count(placeholder)} placeholder(s) in template does not match {len(inputs)} tensor(s) provided as input"
        )
    return host.string_format(inputs, template=template, placeholder=placeholder, summarize=summarize, name=name)


_STREAMS = ("stdout", "stderr", "log(info)", "log(warning)", "log(error)")


def _stream_name(stream):
    if stream is None:
        return "stderr"
    if isinstance(stream, str) and (stream in _STREAMS or stream.startswith("file://")):
        return stream
    for n in ("stdout", "stderr"):
        if getattr(stream, "name", None) == f"<{n}>" or getattr(stream, "name", None) == n:
            return n
    raise ValueError(
        f"tf.print: 'output_stream' must be sys.stdout, sys.stderr, {_STREAMS[2:]} or file://path. Got {stream!r}."
    )


def print_v2(*inputs, output_stream=None, summarize=3, sep=" ", end="\n", name=None):
    """Writes tensors and Python values, joined by `sep`, to `output_stream` (standard error) whenever the operation runs.

    `summarize` is the number of entries shown at each end of a dimension; -1 shows all. Gives the operation (None in eager mode).
    """
    summarize = 3 if summarize is None else summarize
    stream = _stream_name(output_stream)
    if len(inputs) == 1 and _is_tensor(inputs[0]) and inputs[0].dtype is dtypes.string and inputs[0].shape.ndims == 0:
        text = inputs[0]
    else:
        mark, tensors = ("{\x01}" if _mentions(inputs, "{}") else "{}"), []
        template = sep.join(_template(inputs, mark, tensors))
        text = host.string_format(tensors, template=template, placeholder=mark, summarize=summarize)
    return host.print_v2(text, output_stream=stream, end=end, name=name)


def _mentions(items, mark):
    return any(mark in (x if isinstance(x, str) else repr(x)) for x in items if not _is_tensor(x))


def assert_op(condition, data, summarize=None, name=None):
    """An operation that raises InvalidArgumentError, showing the tensors `data`, unless `condition` holds when it runs."""
    with name_scope(name, "Assert", [condition, data]):
        condition = convert_to_tensor(condition, dtypes.bool, name="Const")
        if condition._is_eager and builder.current() is context():
            return check_eager.require(condition, [convert_to_tensor(d) for d in data], summarize)
        return host.assert_(condition, list(data), summarize=3 if summarize is None else summarize, name="Assert")


# ---- Python callbacks


def _keep(callback):
    """Ties the callback's life to the graph being built (an eager call needs it only while it runs)."""
    current = builder.current()
    if isinstance(current, Graph):
        current.__dict__.setdefault("_callbacks", []).append(callback)
    return current


def py_func(func, inp, Tout, stateful=True, name=None):  # noqa: N803 - TensorFlow's name
    """Calls the Python function `func` on NumPy arrays whenever a run needs its result.

    Args:
        func: takes one array (NumPy scalar or bytes for a scalar) a tensor of `inp`, gives one value a dtype of `Tout`.
        Tout: a dtype, or a list of them; [] for a function called only for what it does.
        stateful: False when equal inputs give equal results, so that calls may be skipped.

    The shapes of the results are unknown: use `set_shape`. There is no gradient. A value of another dtype, or an exception in
    `func`, fails the run with the error that corresponds to it.
    """
    if builder.current() is context():
        return _called_at_once(func, inp)
    callback = host.Callback(func)
    current = _keep(callback)
    is_list = isinstance(Tout, (list, tuple))
    kinds = [dtypes.as_dtype(t) for t in (Tout if is_list else [Tout])]
    call = host.py_func if stateful else host.py_func_stateless
    made = call(list(inp), token=callback.token, Tout=kinds, name=name)
    if not kinds and isinstance(current, Graph):
        return current._list[-1]  # a call without outputs is its operation
    return made if is_list else made[0]


def _called_at_once(func, inp):
    """What `func` gives for concrete arguments, as tensors: one, or a list of several; its exceptions are the caller's."""
    result = func(*[convert_to_tensor(i).numpy() for i in inp])
    made = [convert_to_tensor(r) for r in nest.flatten([] if result is None else result)]
    return made[0] if len(made) == 1 else made


def numpy_function(func=None, inp=None, Tout=None, stateful=True, name=None):  # noqa: N803
    """As `py_func`: calls `func` on NumPy arrays."""
    return py_func(func, inp, Tout, stateful, name)


def numpy_function_v1(func, inp, Tout, name=None):  # noqa: N803
    """As `py_func`: calls `func` on NumPy arrays."""
    return py_func(func, inp, Tout, True, name)


def py_function(func=None, inp=None, Tout=None, name=None):  # noqa: N803
    """Calls the Python function `func` on eager tensors whenever the result is needed; gradients pass through it.

    Args:
        func: takes one eager tensor a tensor of `inp`, gives one value a dtype of `Tout` (None when there is none).
        Tout: a dtype, or a list of them; [] for a function called only for what it does.

    In a graph, the gradient calls `func` again. An exception in `func` fails the run with the error that corresponds to it.
    """
    is_list = isinstance(Tout, (list, tuple))
    kinds = [dtypes.as_dtype(t) for t in (Tout if is_list else [Tout])]
    if builder.current() is context():
        outs = _called(func, [convert_to_tensor(i) for i in inp], kinds)
        return outs if is_list else outs[0]

    def forward(*arrays):
        with context().as_default():
            return [t._array() for t in _called(func, [convert_to_tensor(a) for a in arrays], kinds)]

    @custom.custom_gradient
    def call(*inputs):
        outs = py_func(forward, inputs, kinds, name=name)

        def slope(*grads):
            wanted = [i.dtype for i in inputs]
            backward = functools.partial(_pulled, func, len(inputs), kinds)
            made = py_func(backward, [*inputs, *grads], wanted)
            for g, i in zip(made, inputs, strict=True):
                g.set_shape(i.shape)
            return made

        return outs, slope

    if not kinds:
        return py_func(forward, inp, kinds, name=name)
    outs = call(*[convert_to_tensor(i) for i in inp])
    return list(outs) if is_list else outs[0] if isinstance(outs, (list, tuple)) else outs


def _called(func, tensors, kinds):
    """The results of `func` on eager tensors, as tensors of `kinds`."""
    result = func(*tensors)
    if not kinds:
        return []
    results = result if isinstance(result, (list, tuple)) else [result]
    if len(results) != len(kinds):
        raise ValueError(f"tf.py_function: the function gave {len(results)} values for {len(kinds)} dtypes of Tout.")
    return [convert_to_tensor(r, k) for r, k in zip(results, kinds, strict=True)]


def _pulled(func, count, kinds, *arrays):
    """Gradients of `func` for its first `count` arguments, from those of its results, as arrays."""
    with context().as_default():
        inputs = [convert_to_tensor(a) for a in arrays[:count]]
        with tape.GradientTape() as t:
            for i in inputs:
                t.watch(i)
            outs = _called(func, inputs, kinds)
        flows = [(o, convert_to_tensor(g)) for o, g in zip(outs, arrays[count:], strict=True) if o.dtype.is_floating]
        found = t.gradient([o for o, _ in flows], inputs, [g for _, g in flows], unconnected_gradients="zero")
        return [convert_to_tensor(g)._array() for g in found]


# ---- files, clock, libraries


def read_file(filename, name=None):
    """The content of a file, a scalar string. A missing file fails the run with NotFoundError."""
    return host.read_file(filename, name=name)


def write_file(filename, contents, name=None):
    """An operation that writes the scalar string `contents` to a file, making its directory."""
    return host.write_file(filename, contents, name=name)


def matching_files(pattern, name=None):
    """The sorted names of the files that match a shell pattern."""
    return host.matching_files(pattern, name=name)


def timestamp(name=None):
    """Seconds since 1970 when the operation runs, float64."""
    return host.timestamp(name=name)


def load_op_library(library_filename):
    """Raises NotImplementedError: compiled TensorFlow kernels cannot be loaded."""
    raise NotImplementedError(
        f"tf.load_op_library({library_filename!r}): compiled TensorFlow kernels cannot be loaded. Register the op with "
        "mainstem.core.registry.op as a JAX function instead."
    )


def load_library(library_location):
    """Raises NotImplementedError: compiled TensorFlow kernels cannot be loaded."""
    raise NotImplementedError(f"tf.load_library({library_location!r}): compiled TensorFlow kernels cannot be loaded.")
