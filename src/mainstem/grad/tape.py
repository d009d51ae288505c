"""`GradientTape`: records what is computed from watched tensors, and gives gradients of it."""

import contextlib
import warnings

import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, nest, shapes
from mainstem.core import builder, registry
from mainstem.eager.context import context
from mainstem.grad import explanation, play
from mainstem.grad.gradients import UnconnectedGradients, _total
from mainstem.grad.graph_tape import GraphRecorder, is_variable, own_tensor
from mainstem.grad.kinds import TRAINABLE
from mainstem.grad.recorder import Recorder
from mainstem.graph.graph import Graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.tensor import Tensor

_SPENT = "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
_warned = set()


def _warn_once(text, depth):
    """Warns at the caller `depth` frames up, once in a process."""
    if text not in _warned:
        _warned.add(text)
        warnings.warn(text, stacklevel=depth + 1)


class GradientTape:
    """Records the ops that run inside its `with` block, so that gradients of their results can be asked for.

    Args:
        persistent: keep the records after the first `gradient` or `jacobian`, until the tape is deleted.
        watch_accessed_variables: follow every trainable variable that is read; else only what `watch` names.

    Tapes nest: gradients computed inside an outer tape's block are recorded by it, which gives higher derivatives. In a graph or
    a tf.function it adds nodes. `explain(target, source)` tells why a gradient is None.
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent, self._automatic = persistent, watch_accessed_variables
        self._recorder, self._recording, self._spent = None, False, False

    # ---- recording

    def __enter__(self):
        """Starts recording. Raises ValueError when the tape is recording already."""
        if self._recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        if self._recorder is None:
            current = builder.current()
            graph = isinstance(current, Graph)
            self._recorder = GraphRecorder(current, self._automatic) if graph else Recorder(self._automatic)
        self._start()
        return self

    def __exit__(self, kind, value, trace):
        if self._recording:
            self._stop()

    def _start(self):
        if isinstance(self._recorder, GraphRecorder):
            self._recorder.start()
        else:
            context().tapes.append(self._recorder)
        self._recording, self._spent = True, False

    def _stop(self):
        """Stops recording. Raises ValueError when the tape is not recording."""
        if not self._recording:
            raise ValueError("Tape is not recording.")
        if isinstance(self._recorder, GraphRecorder):
            self._recorder.stop()
        else:
            tapes = context().tapes
            if self._recorder in tapes:
                tapes.remove(self._recorder)
        self._recording = False

    @contextlib.contextmanager
    def stop_recording(self):
        """Nothing inside the block is recorded. Raises ValueError when the tape is not recording."""
        self._stop()
        try:
            yield
        finally:
            self._start()

    def reset(self):
        """Forgets everything recorded so far and goes on. Raises ValueError when the tape is not recording."""
        self._stop()
        self._recorder.clear()
        self._start()

    def watch(self, tensor):
        """Follows `tensor`, a tensor, variable or nested structure of them, from here on.

        Raises ValueError for anything else, or when the tape was never entered.
        """
        for t in nest.flatten(tensor, expand_composites=True):
            if isinstance(t, IndexedSlices):
                t = t.values
            if not isinstance(t, Tensor) and not is_variable(t):
                raise ValueError(
                    f"Passed in object {t} of type {type(t).__name__!r}, not tf.Tensor or tf.Variable or ExtensionType."
                )
            if self._recorder is None:
                raise ValueError("GradientTape.watch: the tape was never entered; write `with tf.GradientTape() as tape:`.")
            kind = t.dtype.base_dtype
            if kind not in TRAINABLE and kind is not dtypes.resource and kind is not dtypes.variant:
                _warn_once(f"The dtype of the watched tensor must be floating (e.g. tf.float32), got {kind!r}", 2)
            elif is_variable(t):
                self._recorder.watch_variable(t)
            else:
                self._recorder.watch(t)

    def watched_variables(self):
        """The variables that the tape follows, in the order in which they were made."""
        found = self._recorder.variables if self._recorder is not None else ()
        return tuple(sorted(found, key=lambda v: getattr(v, "_number", 0)))

    def explain(self, target, source):
        """Tells in words how `target` depends on `source`, or what broke the connection and where: why a gradient is None."""
        if self._recorder is None:
            return "The tape never recorded: compute inside its `with` block."
        return explanation.explain(self._recorder, target, source)

    # ---- gradients

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients=UnconnectedGradients.NONE):
        """Derivatives of the sum of `target` with respect to each of `sources`, in the structure of `sources`.

        Args:
            target: a tensor or a nested structure of tensors.
            sources: watched tensors or variables, one or a nested structure.
            output_gradients: gradients that arrive at the targets, one each; ones by default.
            unconnected_gradients: `UnconnectedGradients` or its value: "none" or "zero".

        A gradient is a tensor, IndexedSlices (of a variable whose rows were gathered) or None. Raises RuntimeError at the second
        call on a tape that is not persistent, LookupError when an op on the way has no gradient.
        """
        unconnected = self._begin(unconnected_gradients, "gradient")
        if target is None:
            raise TypeError("GradientTape.gradient: 'target' must be a tensor or a nested structure of tensors. Got None.")
        targets, flat = nest.flatten(target), nest.flatten(sources)
        self._check(targets, flat)
        seeds = [None] * len(targets)
        if output_gradients is not None:
            given = nest.flatten(output_gradients)
            if len(given) != len(targets):
                raise ValueError(f"GradientTape.gradient: {len(given)} output_gradients for {len(targets)} targets.")
            seeds = [None if g is None else self._seed(g, t) for g, t in zip(given, targets)]
        grads = self._gradients(targets, flat, seeds)
        grads = self._finish(grads, flat, unconnected)
        return nest.pack_sequence_as(sources, grads)

    @staticmethod
    def _seed(g, target):
        kind = target.dtype.base_dtype
        return builder.current().convert(g, dtype=kind)

    def _begin(self, unconnected, what):
        value = getattr(unconnected, "value", unconnected)
        if self._recorder is None or (self._spent and not self._persistent):
            raise RuntimeError(_SPENT)
        if value not in ("none", "zero"):
            raise ValueError(f"Unknown value for unconnected_gradients: {unconnected!r}")
        if self._recording:
            if not self._persistent:
                self._stop()
            else:
                _warn_once(
                    f"Calling GradientTape.{what} on a persistent tape inside its context is significantly less efficient than "
                    "calling it outside the context: the gradient ops are recorded on the tape. Do so only to compute higher "
                    "order derivatives.",
                    3,
                )
        return value

    @staticmethod
    def _check(targets, sources):
        for what, values in (("target", targets), ("source", sources)):
            for t in values:
                if nest.is_composite(t) and not isinstance(t, (Tensor, IndexedSlices)) and not is_variable(t):
                    raise ValueError(f"Type {type(t).__name__} is not supported as a gradient source or gradient target.")
                if not (isinstance(t, (Tensor, IndexedSlices)) or is_variable(t)):
                    raise TypeError(
                        f"GradientTape: each {what} must be a tensor or variable. Got {t!r} of type {type(t).__name__}."
                    )
        for t in sources:
            kind = t.dtype.base_dtype
            if kind not in TRAINABLE and kind is not dtypes.resource and kind is not dtypes.variant:
                _warn_once(
                    f"The dtype of the source tensor must be floating (e.g. tf.float32) when calling GradientTape.gradient, got {kind!r}",
                    3,
                )

    def _gradients(self, targets, sources, seeds):
        own = [_own(s) for s in sources]
        # a target that is a source itself has a gradient, watched or not
        direct = [k for k, t in enumerate(targets) if any(_own(t) is s for s in own) and self._is_apart(t)]
        if not direct:
            return self._recorded(targets, sources, seeds)
        rest = [k for k in range(len(targets)) if k not in direct]
        grads = self._recorded([targets[k] for k in rest], sources, [seeds[k] for k in rest])
        for k in direct:
            seed = _apply("OnesLike", _value(targets[k])) if seeds[k] is None else seeds[k]
            for i, s in enumerate(own):
                if s is _own(targets[k]) and seed.dtype.base_dtype in TRAINABLE:
                    grads[i] = seed if grads[i] is None else _total(builder.current(), [grads[i], seed])
        return grads

    def _is_apart(self, target):
        """Whether the records do not know a target by itself: a variable, or a tensor that nobody watches."""
        if is_variable(target):
            return True
        return isinstance(self._recorder, Recorder) and id(_own(target)) not in self._recorder.watched

    def _recorded(self, targets, sources, seeds):
        recorder = self._recorder
        if isinstance(recorder, GraphRecorder):
            return recorder.gradient(targets, sources, seeds)
        return self._plan(targets, sources, seeds).run(recorder.tensors, seeds, recorder.pulls)

    def _plan(self, targets, sources, seeds):
        watched = self._recorder.watched
        ys, xs = (tuple(watched.get(id(_own(t))) for t in ts) for ts in (targets, sources))
        return play.plan(self._recorder, ys, xs, tuple(s is not None for s in seeds))

    def _finish(self, grads, sources, unconnected):
        if not self._persistent:
            self._spent = True
            self._recorder.release(any(g is None for g in grads))
        if unconnected == "zero":
            return [_zeros(s) if g is None else g for g, s in zip(grads, sources)]
        return grads

    def jacobian(
        self,
        target,
        sources,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """Derivatives of every entry of `target` by every entry of each source: shape `target.shape + source.shape`.

        `parallel_iterations` and `experimental_use_pfor` are accepted; all entries are computed at once where the ops allow it.
        Raises RuntimeError at the second call on a tape that is not persistent.
        """
        unconnected = self._begin(unconnected_gradients, "jacobian")
        flat = nest.flatten(sources)
        self._check([target], flat)
        target = _value(target)
        if isinstance(self._recorder, GraphRecorder):
            grads = self._graph_jacobian(target, flat)
        else:
            shape, dtype = target._shape, target._dtype.np
            size = int(np.prod(shape, dtype=np.int64))

            def seeds():
                return jnp.eye(size, dtype=dtype).reshape(size, *shape)

            plan = self._plan([target], flat, [True])
            rows = plan.rows(self._recorder.tensors, self._recorder.pulls, ("jacobian", shape), seeds)
            grads = [None if g is None else _reshape(g, shape + g._shape[1:]) for g in rows]
        if not self._persistent:
            self._spent = True
            self._recorder.release(any(g is None for g in grads))
        if unconnected == "zero":
            grads = [_wide_zeros(target, s) if g is None else g for g, s in zip(grads, flat)]
        return nest.pack_sequence_as(sources, grads)

    def _graph_jacobian(self, target, sources):
        shape = target._shape
        if not shapes.known(shape):
            raise NotImplementedError(f"A jacobian in a graph needs the static shape of its target. Got {target!r}.")
        size = int(np.prod(shape, dtype=np.int64))
        seeds = _constant(np.eye(size, dtype=target._dtype.np).reshape(size, *shape), target._dtype)
        rows = self._recorder.gradient_rows(target, sources, seeds)
        return [None if g is None else _regrouped(g, shape, s) for g, s in zip(rows, sources)]

    def batch_jacobian(
        self,
        target,
        source,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """Derivatives of `target[b, ...]` by `source[b, ...]` for every b, taking for granted that b alone depends on b.

        Gives shape `[batch, *target.shape[1:], *source.shape[1:]]`. Raises ValueError when the first dimensions differ.
        """
        unconnected = self._begin(unconnected_gradients, "batch_jacobian")
        self._check([target], [source])
        target = _value(target)
        y, x = target._shape, _value(source)._shape
        if not y or not x or (y[0] != x[0] and None not in (y[0], x[0])):
            raise ValueError(f"Need first dimension of target shape ({y}) and source shape ({x}) to match.")
        if isinstance(self._recorder, GraphRecorder):
            g = self._graph_batch_jacobian(target, source)
        else:
            g = self._eager_batch_jacobian(target, source, y)
        if not self._persistent:
            self._spent = True
            self._recorder.release(g is None)
        if g is None and unconnected == "zero":
            return _filled(0, y + x[1:], target._dtype)
        return g

    def _eager_batch_jacobian(self, target, source, y):
        size, dtype = int(np.prod(y[1:], dtype=np.int64)), target._dtype.np

        def seeds():
            eye = jnp.eye(size, dtype=dtype).reshape(size, 1, *y[1:])
            return jnp.broadcast_to(eye, (size, *y))

        plan = self._plan([target], [source], [True])
        (rows,) = plan.rows(self._recorder.tensors, self._recorder.pulls, ("batch", y), seeds)
        return None if rows is None else _batch_first(rows, y, rows._shape[1:])

    def _graph_batch_jacobian(self, target, source):
        y, x = target._shape, _value(source)._shape
        if not shapes.known(y[1:]) or not shapes.known(x[1:]):
            raise NotImplementedError(f"A batch_jacobian in a graph needs static shapes. Got {target!r} and {source!r}.")
        size = int(np.prod(y[1:], dtype=np.int64))
        eye = _constant(np.eye(size, dtype=target._dtype.np).reshape(size, 1, *y[1:]), target._dtype)
        if y[0] is None:
            wide = _apply("ConcatV2", [_int([size]), _apply("Shape", target)], _int(0))
        else:
            wide = _int([size, *y])
        (rows,) = self._recorder.gradient_rows(target, [source], _apply("BroadcastTo", eye, wide))
        return None if rows is None else _batch_first(rows, y, x)


def _apply(kind, *args, **attrs):
    return builder.current().apply(registry.lookup(kind), args, attrs)


def _int(values):
    b = builder.current()
    return b.constant(np.array(values, np.int32), dtypes.int32)


def _reshape(t, shape):
    return t if t._shape == tuple(shape) else _apply("Reshape", t, _int(shape))


def _constant(array, dtype):
    return builder.current().constant(array, dtype)


def _regrouped(rows, shape, source):
    """[entries of the target, *source] as [*target, *source]."""
    inner = _value(source)._shape
    if not shapes.known(inner):
        raise NotImplementedError(f"A jacobian in a graph needs the static shapes of its sources. Got {source!r}.")
    return _reshape(rows, (*shape, *inner))


def _batch_first(rows, y, x):
    """[entries of y, batch, *x] as [batch, *y, *x]."""
    order = [1, 0, *range(2, len(x) + 1)]
    batch = -1 if y[0] is None else y[0]
    return _reshape(_apply("Transpose", rows, _int(order)), (batch, *y[1:], *x[1:]))


def _own(t):
    """What the records know a target or source by: the handle of a variable, the values of slices, the tensor itself."""
    if isinstance(t, Tensor):
        return t
    return t.values if isinstance(t, IndexedSlices) else own_tensor(t)


def _value(t):
    return t if isinstance(t, Tensor) else builder.current().convert(t)


def _filled(value, shape, dtype):
    b = builder.current()
    return b.constant(np.full(shape, value, dtype.as_numpy_dtype), dtype)


def _zeros(source):
    if isinstance(source, Tensor) and source._dtype is dtypes.string:
        return _filled(b"", source._shape, dtypes.string)
    return _apply("ZerosLike", _value(source.values if isinstance(source, IndexedSlices) else source))


def _wide_zeros(target, source):
    shape = target._shape + tuple(_value(source)._shape)
    return _filled(0, shape, source.dtype.base_dtype)
