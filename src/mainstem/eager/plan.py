"""`Plan`: how all calls of one op run that have the same attrs and input dtypes; looked up per call, so that a call binds nothing."""

import functools

import jax
import numpy as np

from mainstem.base import dtypes
from mainstem.core import evaluate, infer
from mainstem.eager import guards
from mainstem.eager.tensor import EagerTensor
from mainstem.lower import heap, kernels
from mainstem.ops import slicing

SMALL = 1024  # elements up to which arithmetic on the host beats a kernel
WINDOWS_AFTER = 4  # places of one slice that are compiled for themselves, before one kernel serves all places
FUNCTIONS = 4096  # compiled values of static inputs that a plan keeps
_OFF_DEVICE = frozenset((dtypes.string, dtypes.variant))
_EXACT = frozenset(t for t in dtypes.DEVICE if t.is_integer or t is dtypes.bool)
_SIZES = {  # movement that makes much of little: the number of elements that it makes
    "Fill": lambda dims, value: dims.prod(dtype=np.int64),
    "BroadcastTo": lambda x, shape: shape.prod(dtype=np.int64),
    "Tile": lambda x, times: x.size * times.prod(dtype=np.int64),
}
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def _of_shape(op_name, kind):
    """What answers Shape, Size and Rank from the shape alone."""
    if op_name == "Shape":
        return lambda t: np.array(t._shape, kind)
    if op_name == "Size":
        return lambda t: np.array(np.prod(t._shape, dtype=np.int64), kind)
    return lambda t: np.array(len(t._shape), np.int32)


def plannable(op, attrs, inputs):
    """Whether calls of `op` like this one can have a plan: it makes no handle, and strings only meet kernels in Python."""
    if op.owner or op.slots or not (op.outputs or op.writes):
        return False
    if any("func" in a.type for a in op.attrs.values()):
        return False  # a plan would keep the function's trace alive
    if op.host:
        return op.state is None and not op.writes and all(t._dtype is not dtypes.resource for t in inputs)
    kinds = infer.output_dtypes(op, attrs)
    if any(t in _OFF_DEVICE or t is dtypes.resource or t._is_ref_dtype for t in kinds):
        return False
    content_type = attrs.get("dtype", attrs.get("T"))
    return not any(t._dtype in _OFF_DEVICE or (t._dtype is dtypes.resource and content_type in _OFF_DEVICE) for t in inputs)


@functools.cache
def _on_cpu():
    return jax.default_backend() == "cpu"


def _beside(value):
    """A small array of the CPU as a NumPy view, else None: moving elements there compiles nothing, whatever the shapes."""
    if value.size > SMALL or not _on_cpu() or isinstance(value, jax.core.Tracer):
        return None
    return np.asarray(value)


class Plan:
    """How calls of one op run.

    Attributes:
        attrs: all attrs of the op.
        kinds: dtypes of its outputs.
        single: whether it has exactly one output.
        of_shape: answers the op from the shape of its input, or None.
        fold: the NumPy twin for inputs that are NumPy arrays, or None; `moves`: it only moves elements.
        static, dynamic: positions of inputs that are compiled in, and of those that are passed.
        kernel_attrs: the attrs that the kernel takes.
        makes: counts the elements that the op would make, where they may be many more than it takes.
        hosted: whether the kernel runs in Python; `draws`: whether it takes a random stream.
        guard: looks at values that TensorFlow refuses, or None.
        handles: positions of inputs that are resources; `writes`: of those that get a new value; `unread`: no old value.
    """

    __slots__ = (
        "attrs", "cuts", "draws", "dynamic", "fold", "function", "functions", "guard", "handles", "hosted", "kernel_attrs",
        "kinds", "makes", "moves", "of_shape", "op", "simple", "single", "static", "unread", "windows", "writes",
    )  # fmt: skip

    def __init__(self, op, attrs, inputs):
        self.op, self.attrs, count = op, attrs, len(inputs)
        self.kinds = [k.base_dtype for k in infer.output_dtypes(op, attrs)]
        self.kernel_attrs = evaluate.kernel_attrs(op, attrs)
        self.single = len(self.kinds) == 1 and not op.has_list_output
        known = evaluate.positions(op, attrs, op.static + op.static_if_possible)
        self.static = tuple(i for i in range(count) if i in known)
        self.dynamic = tuple(i for i in range(count) if i not in known)
        self.handles = tuple(i for i, t in enumerate(inputs) if t._dtype is dtypes.resource)
        names = [a.name for a in op.inputs]
        self.writes = tuple(names.index(w) for w in op.writes)
        self.unread = frozenset(names.index(w) for w in op.unread)
        self.of_shape = _of_shape(op.name, self.kinds[0].np) if op.name in ("Shape", "Size", "Rank") else None
        self.moves, self.makes = op.fold is not None and op.fold is op.kernel and not op.host, _SIZES.get(op.name)
        exact = all(t._dtype in _EXACT for t in inputs)
        self.fold = op.fold if not (self.handles or op.host or op.stateful) and (self.moves or exact) else None
        self.hosted, self.draws = op.host, op.state is not None
        plain = not (self.static or self.hosted or self.draws)
        self.function = kernels.compiled(op, attrs, count) if plain else None
        self.functions, self.windows, self.cuts = {}, op.name in ("StridedSlice", "Slice"), {}
        self.guard = guards.GUARDS.get(op.name)
        special = (
            not plain
            or self.guard
            or self.static
            or self.handles
            or self.writes
            or self.fold is not None
            or self.of_shape is not None
        )
        self.simple = self.single and not special

    def on_host(self, inputs):
        """The outputs as NumPy arrays by the NumPy twin, or None when an input is on the device or too large."""
        values = []
        for t in inputs:
            v = t._value
            if type(v) is not np.ndarray or (v.size > SMALL and not self.moves):
                v = t._host if t._host is not None or not self.moves else _beside(t._value)
                if v is None or v.size > SMALL:
                    return None
            values.append(v)
        op = self.op
        if self.makes is not None and self.makes(*values) > SMALL:
            return None
        if op.name == "StridedSlice":
            return self._cut(*values)
        try:
            result = self.fold(*evaluate.group(op, values, self.attrs), **self.kernel_attrs)
        except (ValueError, TypeError, IndexError, ZeroDivisionError):
            return None  # the kernel says what is wrong
        return [np.asarray(r, k.np) for r, k in zip(evaluate.flatten(op, result), self.kinds)]

    def _cut(self, array, *vectors):
        key = (array.shape, *[v.tobytes() for v in vectors])
        cut = self.cuts.get(key)
        if cut is None:
            try:
                picks, out = slicing.resolve(array.shape, *vectors, [self.attrs[m] for m in _MASKS])
            except (ValueError, TypeError, IndexError):
                return None  # the kernel says what is wrong
            if len(self.cuts) >= FUNCTIONS:
                self.cuts.clear()
            cut = self.cuts[key] = slicing.as_index(picks), out
        return [np.asarray(array[cut[0]]).reshape(cut[1])]

    def in_python(self, inputs):
        """The outputs of a kernel that runs in Python."""
        values = [np.asarray(t._value) if t._dtype is not dtypes.variant else t._value for t in inputs]
        return evaluate.flatten(
            self.op, in_eager_mode(self.op)(*evaluate.group(self.op, values, self.attrs), **self.kernel_attrs)
        )

    def draw(self, state, inputs):
        """The new value of a random stream, then the outputs. 64-bit types must be on."""
        if self.static:
            return self._with_statics(inputs, (state,))
        return kernels.call(self.op, [t._content() for t in inputs], self.attrs, (state,), checked=True)

    def call(self, inputs):
        """Runs the kernel; gives new values of written variables, then the outputs. 64-bit types must be on."""
        if self.handles:
            return self._with_handles(inputs)
        if not self.static:
            return self.function(*[t._content() for t in inputs])
        return self._with_statics(inputs)

    def _with_handles(self, inputs):
        values = [self._content(i, t) if i in self.handles else t._content() for i, t in enumerate(inputs)]
        if not self.static:
            return self.function(*values)
        return kernels.call(self.op, values, self.attrs, checked=True)

    def _content(self, i, t):
        if i in self.unread:
            return None
        return content(t)

    def _with_statics(self, inputs, state=()):
        key = []
        for i in self.static:
            array = inputs[i]._array()
            key.append(array.shape)
            key.append(array.tobytes())
        key = tuple(key)
        function = self.functions.get(key)
        if function is None:
            if self.windows and len(self.functions) >= WINDOWS_AFTER:
                window = self._window(inputs)
                if window is not None:
                    return window
            if len(self.functions) >= FUNCTIONS:
                self.functions.clear()
            function = self.functions[key] = kernels.with_statics(
                self.op, [t._array() if i in self.static else None for i, t in enumerate(inputs)], self.attrs, len(state)
            )
        return function(*state, *[inputs[i]._content() for i in self.dynamic])

    def _window(self, inputs):
        """A slice in steps of one by a kernel that takes the place as an argument: a loop over slices compiles once."""
        shape, vectors = inputs[0]._shape, [t._array() for t in inputs[1:]]
        if self.op.name == "Slice":
            begin = vectors[0].tolist()
            size = [d - b if s == -1 else s for d, b, s in zip(shape, begin, vectors[1].tolist())]
            out = tuple(size)
            if len(begin) != len(shape) or any(b < 0 or s < 0 or b + s > d for b, s, d in zip(begin, size, shape)):
                return None
        else:
            picks, out = slicing.resolve(shape, *vectors, [self.attrs[m] for m in _MASKS])
            if any(type(p) is range and p.step != 1 for p in picks):
                return None
            begin = [p if type(p) is int else p.start for p in picks]
            size = [1 if type(p) is int else len(p) for p in picks]
        return [kernels.window(tuple(size), out)(inputs[0]._content(), np.array(begin, np.int64))]


def in_eager_mode(op):
    """The kernel of a host op as eager mode calls it."""
    if op.lazily is None:
        return op.kernel
    heap.keep()  # such a kernel works on large batches: a third of its time went into pages that came anew with each
    return op.lazily


def content(t):
    """The array behind a handle, which somebody else holds from now on. Raises FailedPreconditionError when there is none."""
    slot = t._value
    if slot.value is None:
        raise kernels.uninitialized(slot)
    slot.shared = True
    return slot.value


def tensors(values, kinds):
    """Output tensors of a kernel."""
    return [EagerTensor(v, k) for v, k in zip(values, kinds)]


swap_width, set_width = jax.enable_x64.swap_local, jax.enable_x64.set_local
