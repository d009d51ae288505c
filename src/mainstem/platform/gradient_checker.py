"""`tf.test.compute_gradient`: Jacobians by the gradients of ops and by finite differences, side by side."""

import numpy as np

from mainstem.base import dtypes
from mainstem.eager.context import executing_eagerly
from mainstem.grad.gradients import gradients
from mainstem.grad.tape import GradientTape
from mainstem.graph import sessions
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.run.session import Session
from mainstem.surface.framework import convert_to_tensor, device_v1

_STEP = 1.0 / 1024  # a power of two, so that x + delta - x is delta
_REAL = {"complex64": np.float32, "complex128": np.float64}


def compute_gradient_v1(
    x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None
):  # fmt: skip
    """The Jacobian of `y` by `x` as the graph's gradients and as finite differences give it, by the default session.

    Args:
        x: a tensor, or a list of them; `x_shape` then is a list of shapes.
        x_shape, y_shape: their shapes.
        y: a tensor.
        x_init_value: where to differentiate; random numbers from 0 to 1 by default. Of a list of x, only the one differentiated by is fed.
        delta: the step of the differences.
        init_targets: operations to run before.
        extra_feed_dict: fed in every run.

    Returns two arrays [elements of x, elements of y]; complex numbers count as two elements. A list of pairs for a list of x.
    Raises AssertionError for dtypes without gradients, an initial value of another shape and an unconnected x, ValueError without a session.
    """
    session = sessions.get_default_session()
    if session is None:
        raise ValueError("compute_gradient needs a default session: use it in `with tf.Session():`.")
    xs, one = (list(x), False) if isinstance(x, (list, tuple)) else ([x], True)
    given = [None] * len(xs) if x_init_value is None else [x_init_value] if one else list(x_init_value)
    for target in init_targets or []:
        session.run(target)
    points = [_point(t, s, v) for t, s, v in zip(xs, [x_shape] if one else x_shape, given, strict=True)]
    size, more = int(np.prod(y_shape)), extra_feed_dict or {}
    made = [_both(session, t, y, size, {t: point, **more}, delta) for t, point in zip(xs, points, strict=True)]
    return made[0] if one else made


def compute_gradient_error_v1(
    x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None
):  # fmt: skip
    """The largest difference of the two Jacobians of `compute_gradient`, which has the same arguments."""
    made = compute_gradient_v1(x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict)
    return max(max_error(*pair) for pair in (made if isinstance(made, list) else [made]))


def max_error(grad1, grad2):
    """The largest difference of two arrays, or of two tuples of arrays."""
    pairs = zip(grad1, grad2, strict=True) if isinstance(grad1, tuple) else [(grad1, grad2)]
    return max((np.abs(a - b).max() for a, b in pairs if a.size), default=0.0)


def compute_gradient(f, x, delta=None):
    """The Jacobians of a function by its gradients and by finite differences.

    Args:
        f: a function of as many tensors as `x` has, which gives one.
        x: a list of values.
        delta: the step of the differences, 1/1024 by default.

    Returns two tuples with an array [elements of the result, elements of x] for each x; complex numbers count as two elements.
    Raises ValueError when `x` is no list, AssertionError for dtypes without gradients.
    """
    if not isinstance(x, (list, tuple)):
        raise ValueError(f"`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not a {type(x)}")
    step = _STEP if delta is None else delta
    run = _eager_runs if executing_eagerly() else _graph_runs
    points = [np.array(v) if not isinstance(v, float) else np.array(v, np.float32) for v in _values(x)]
    for i, point in enumerate(points):
        _refuse(dtypes.as_dtype(point.dtype), f"argument {i}")
    value, slopes = run(f, points)
    theory = tuple(_by_gradient(lambda dy, i=i: slopes(dy)[i], value(points), points[i]).T for i in range(len(points)))
    return theory, tuple(_by_differences(value, points, i, step).T for i in range(len(points)))


def _values(x):
    if executing_eagerly():
        return [convert_to_tensor(v).numpy() for v in x]
    tensors = [convert_to_tensor(v) for v in x]
    session = sessions.get_default_session()
    if session is not None:
        return session.run(tensors)
    with Session() as session:
        return session.run(tensors)


def _refuse(dtype, what):
    if not (dtype.is_floating or dtype.is_complex):
        raise AssertionError(f"Cannot compute gradient for unsupported type {dtype.name} of {what}.")


def _point(x, shape, value):
    kind = x.dtype.base_dtype
    _refuse(kind, "x")
    shape = [int(n) for n in shape]
    if value is None:
        value = np.random.random_sample(shape)
        return np.asarray(value + 1j * np.random.random_sample(shape) if kind.is_complex else value).astype(kind.as_numpy_dtype)
    if list(np.shape(value)) != shape:
        raise AssertionError(f"x_init_value must have the shape of x. Got {list(np.shape(value))}, and x_shape = {shape}.")
    return np.array(value).astype(kind.as_numpy_dtype)


def _both(session, x, y, size, feeds, delta):
    """The two Jacobians [x, y] of one `x`; the gradient is that of `y` weighted by a tensor, which is fed."""
    with device_v1("/cpu:0"):
        weights = convert_to_tensor(
            np.ones(y.shape.as_list() if y.shape.is_fully_defined() else (size,), y.dtype.as_numpy_dtype)
        )
    (dx,) = gradients(y, x, grad_ys=weights)
    if dx is None:
        raise AssertionError(f"compute_gradient: y does not depend on x, {x.name}: the gradient is None.")

    def value(points):
        return session.run(y, {**feeds, x: points[0]})

    dtype = np.dtype(y.dtype.as_numpy_dtype)
    blank = np.zeros(weights.shape.as_list(), dtype)
    theory = _by_gradient(lambda dy: _dense(session.run(dx, {**feeds, weights: dy}), feeds[x]), blank, feeds[x])
    return theory, _by_differences(value, [feeds[x]], 0, delta)


def _dense(slope, like):
    """A gradient as an array: rows of a sparse one are added up."""
    if not hasattr(slope, "indices"):
        return slope
    made = np.zeros_like(like)
    np.add.at(made, np.asarray(slope.indices), np.asarray(slope.values))
    return made


def _parts(array):
    """The elements of an array in a row; the real and imaginary parts of complex ones."""
    flat = np.ravel(array)
    return flat.view(_REAL[flat.dtype.name]) if flat.dtype.name in _REAL else flat


def _by_gradient(slope, y, x):
    """[x, y]: column by column, the gradient of one element of y. TensorFlow's gradient of a complex number is conjugated: its parts
    are the derivatives by the parts of x already.
    """
    y = np.zeros(np.shape(y), np.asarray(y).dtype)
    columns = []
    for i in range(_parts(y).size):
        weights = y.copy().reshape(-1)
        _parts(weights)[i] = 1
        columns.append(_parts(np.asarray(slope(weights.reshape(y.shape)), x.dtype)))
    return np.stack(columns, 1) if columns else np.zeros((_parts(x).size, 0), _parts(x).dtype)


def _by_differences(value, points, place, delta):
    """[x, y]: row by row, how y changes when one element of x moves to both sides."""
    rows, kind = [], np.asarray(value(points)).dtype
    for i in range(_parts(points[place]).size):
        ends = []
        for step in (-delta, delta):
            moved = [p.copy() for p in points]
            flat = np.ravel(moved[place]).copy()
            _parts(flat)[i] += np.asarray(step).astype(_parts(flat).dtype)
            moved[place] = flat.reshape(points[place].shape)
            ends.append(_parts(np.asarray(value(moved))))
        rows.append(((ends[1] - ends[0]) / np.asarray(2 * delta).astype(ends[0].dtype)).astype(ends[0].dtype))
    return np.stack(rows) if rows else np.zeros((0, _parts(np.zeros(np.shape(value(points)), kind)).size), kind)


def _eager_runs(f, points):
    def value(at):
        return f(*[convert_to_tensor(p) for p in at]).numpy()

    def slopes(dy):
        tensors = [convert_to_tensor(p) for p in points]
        with GradientTape() as tape:
            tape.watch(tensors)
            y = f(*tensors)
        found = tape.gradient(y, tensors, output_gradients=convert_to_tensor(dy))
        return [np.zeros_like(p) if g is None else _eager_dense(g, p) for g, p in zip(found, points, strict=True)]

    return value, slopes


def _eager_dense(g, like):
    return _dense(g, like) if isinstance(g, IndexedSlices) else g.numpy()


def _graph_runs(f, points):
    session = sessions.get_default_session() or Session()
    tensors = [convert_to_tensor(p) for p in points]
    y = f(*tensors)
    blank = convert_to_tensor(
        np.ones(np.shape(session.run(y, dict(zip(tensors, points, strict=True)))), y.dtype.as_numpy_dtype)
    )
    found = gradients(y, tensors, grad_ys=blank)

    def value(at):
        return session.run(y, dict(zip(tensors, at, strict=True)))

    def slopes(dy):
        feeds = {**dict(zip(tensors, points, strict=True)), blank: dy}
        return [np.zeros_like(p) if g is None else _dense(session.run(g, feeds), p) for g, p in zip(found, points, strict=True)]

    return value, slopes
