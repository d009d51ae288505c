"""`EagerContext`: the builder of eager mode. An op call runs its kernel at once and tells the tapes that listen."""

import contextlib
import threading

import jax
import numpy as np

from mainstem.base import arrays, dtypes, errors, seeds, source
from mainstem.core import bind, builder, evaluate, infer
from mainstem.eager.tensor import EagerTensor, wrap
from mainstem.graph import convert
from mainstem.lower import kernels
from mainstem.lower.program import scope
from mainstem.lower.slots import Slot


class _Thread(threading.local):
    def __init__(self):
        self.tapes, self.scope = [], ""


class _Direct:
    """An op without attrs of its own, static inputs, state or list arguments, for one tuple of input dtypes: the fast path."""

    __slots__ = ("attrs", "function", "single")

    def __init__(self, function, attrs, single):
        self.function, self.attrs, self.single = function, attrs, single


class EagerContext:
    """Runs ops as they are called; holds what outlives a call: random streams, seeds, and the tapes of each thread."""

    def __init__(self):
        self.seeds, self._thread = seeds.EagerSeeds(), _Thread()
        self._direct, self._states = {}, {}

    # ---- as the builder of op calls

    def apply(self, op, args, attrs, name=None):
        """Runs an op; gives its result tensors; see `core.builder`."""
        if not attrs:
            key = [op]
            for a in args:
                if type(a) is not EagerTensor:
                    break
                key.append(a._dtype._enum)
            else:
                direct = self._direct.get(tuple(key))
                if direct is not None:
                    return self._call_direct(op, direct, args)
        return self._apply(op, args, attrs)

    def _call_direct(self, op, direct, args):
        try:
            with scope():
                result = direct.function(*[a._value for a in args])
        except Exception as e:
            raise self._failed(op, args, e) from None
        if direct.single:
            out = wrap(result[0])
            if self._thread.tapes:
                self._record(op, direct.attrs, list(args), [out])
            return out
        outs = [wrap(r) for r in result]
        if self._thread.tapes:
            self._record(op, direct.attrs, list(args), outs)
        return tuple(outs)

    def _apply(self, op, args, attrs):
        inputs, bound = bind.bind(op, args, attrs, self.convert)
        outs = self.run(op, inputs, bound)
        if not attrs and _is_direct(op, bound) and all(isinstance(a, EagerTensor) for a in args):
            function = kernels.compiled(op, bound, len(inputs))
            single = len(op.outputs) == 1
            self._direct[(op, *[t._dtype._enum for t in inputs])] = _Direct(function, bound, single)
        return _results(op, bound, outs)

    def run(self, op, inputs, attrs):
        """Runs `op` on flat EagerTensors with complete attrs; gives the flat list of output tensors."""
        try:
            with scope():
                outs = self._evaluate(op, inputs, attrs)
        except Exception as e:
            raise self._failed(op, inputs, e) from None
        if self._thread.tapes:
            self._record(op, attrs, inputs, outs)
        return outs

    def _evaluate(self, op, inputs, attrs):
        kinds = infer.output_dtypes(op, attrs)
        if op.owner:
            slot = Slot(attrs.get("shared_name") or op.name, source.user_line(), (attrs.get("dtype"), attrs.get("shape")))
            return [EagerTensor(slot, dtypes.resource)]
        if op.host or any(t is dtypes.string or t is dtypes.variant for t in [*kinds, *(i._dtype for i in inputs)]):
            return self._on_host(op, inputs, attrs, kinds)
        state = self._state(op, attrs)
        results = kernels.call(op, [_content(t) for t in inputs], attrs, state, checked=True)
        if state:
            self._states[op, infer.Frozen(attrs)] = results.pop(0)
        self._write(op, inputs, attrs, results)
        return [wrap(r) for r in results]

    def _state(self, op, attrs):
        """The value of the op's random stream: calls with the same seeds go on where the last one ended, as in TensorFlow."""
        if op.state is None:
            return []
        key = (op, infer.Frozen(attrs))
        if key not in self._states:
            self._states[key] = op.state(**evaluate.kernel_attrs(op, attrs))
        return [self._states[key]]

    @staticmethod
    def _write(op, inputs, attrs, results):
        names = [a.name for a in op.inputs]
        for written in op.writes:
            slot = inputs[names.index(written)]._value
            slot.value, slot.shared = results.pop(0), True  # a jitted kernel hands an array that it does not change through

    def _on_host(self, op, inputs, attrs, kinds):
        kernel = op.kernel if op.host or op.writes else op.fold
        if kernel is None:
            raise NotImplementedError(f"{op.name} on strings is not implemented")
        args = [t._value if op.slots and t._dtype is dtypes.resource else _on_host_value(t) for t in inputs]
        state = self._state(op, attrs)
        result = kernel(*state, *evaluate.group(op, args, attrs), **evaluate.kernel_attrs(op, attrs))
        results = evaluate.flatten(op, result, len(state) + len(op.writes))
        if state:
            self._states[op, infer.Frozen(attrs)] = results.pop(0)
        self._write(op, inputs, attrs, results)
        return [_typed(r, k) for r, k in zip(results, kinds)]

    def _record(self, op, attrs, inputs, outputs):
        for tape in self._thread.tapes:
            tape.record(op, attrs, inputs, outputs)

    @staticmethod
    def _failed(op, inputs, e):
        """The error for an op that did not run: what TensorFlow raises, with the op and what it was given."""
        if isinstance(e, (errors.OpError, NotImplementedError)):
            return e
        given = ", ".join(f"{t._dtype.name}{list(t._shape)}" for t in inputs)
        text = (str(e).strip().splitlines() or [repr(e)])[0]
        where = source.show(source.user_line())
        if isinstance(e, (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError)):
            return errors.InvalidArgumentError(None, None, f"{text} [Op:{op.name}] (inputs {given}, at {where})")
        e.add_note(f"in [Op:{op.name}] (inputs {given}, at {where})")
        return e

    # ---- values

    def convert(self, value, dtype=None, as_ref=False, preferred_dtype=None, name=None):
        """Gives the tensor for any value. Raises TypeError or ValueError for what cannot be a tensor of `dtype`."""
        return convert.to_tensor(self, value, dtype, as_ref, preferred_dtype, name)

    def constant(self, array, dtype, name=None):
        """The tensor that holds a NumPy array (which must not change afterwards)."""
        return EagerTensor(array, dtype)

    def accept(self, tensor):
        """Gives `tensor` when it is concrete. Raises TypeError for a graph tensor."""
        if not isinstance(tensor, EagerTensor):
            raise TypeError(
                f"{tensor!r} is a tensor of a graph: it has no value in eager mode. Run it in a session, or call the code that "
                "made it inside the same tf.function."
            )
        return tensor

    # ---- scopes

    @property
    def tapes(self):
        """The tapes that listen in this thread."""
        return self._thread.tapes

    @contextlib.contextmanager
    def name_scope(self, name):
        """Keeps the scope's name, which variables made inside take; ops have no names."""
        saved = self._thread.scope
        if not name:
            new = ""
        elif name.endswith("/"):
            new = name[:-1]
        else:
            new = f"{saved}/{name}" if saved else name
        self._thread.scope = new
        try:
            yield new + "/" if new else ""
        finally:
            self._thread.scope = saved

    def get_name_scope(self):
        return self._thread.scope

    @property
    def outermost(self):
        """The builder that owns what is made here and outlives every trace: this one."""
        return self

    @contextlib.contextmanager
    def as_default(self):
        """Makes eager mode current inside the block (of this thread), also while a graph is being built."""
        builder.push(self)
        try:
            yield self
        finally:
            builder.pop(self)

    @contextlib.contextmanager
    def _no_scope(self, *args, **kwargs):
        """What has no meaning where operations run at once, in the order of the program."""
        yield

    control_dependencies = colocate_with = container = _attr_scope_of = _no_scope

    def set_seed(self, seed):
        """Sets the global seed and restarts all random streams."""
        self.seeds.set(seed)
        self._states.clear()

    @property
    def seed(self):
        return self.seeds.seed

    def automatic_seed(self):
        return self.seeds.automatic_seed()


def _is_direct(op, attrs):
    return not (
        op.has_list_input or op.has_list_output or op.static or op.static_if_possible or op.state or op.writes or op.host
        or op.owner or op.slots or not op.outputs or any(t is dtypes.string for t in attrs.values())
        or any(not isinstance(a.type, str) and a.type in (dtypes.resource, dtypes.variant, dtypes.string) for a in op.inputs)
    )  # fmt: skip


def _content(t):
    """What a kernel gets for an input: the array, for a handle the array in its slot."""
    if t._dtype is not dtypes.resource:
        return t._value
    if t._value.value is None:
        raise errors.FailedPreconditionError(None, None, f"Could not find variable {t._value.name}: it has no value.")
    t._value.shared = True
    return t._value.value


def _on_host_value(t):
    v = _content(t)
    return np.asarray(v) if isinstance(v, jax.Array) else v


def _typed(v, kind):
    if kind in (dtypes.resource, dtypes.variant):
        return EagerTensor(v, kind)
    if kind is dtypes.string:
        return EagerTensor(arrays.strings(v), kind)
    return EagerTensor(np.asarray(v, kind.base_dtype.np), kind.base_dtype)


def _results(op, attrs, outs):
    if not op.outputs:
        return None
    if len(op.outputs) == 1:
        return list(outs) if op.outputs[0].is_list else outs[0]
    if not op.has_list_output:
        return tuple(outs)
    grouped, i = [], 0
    for a in op.outputs:
        n = (attrs[a.number] if a.number else len(attrs[a.type_list])) if a.is_list else 1
        grouped.append(list(outs[i : i + n]) if a.is_list else outs[i])
        i += n
    return tuple(grouped)


_context = EagerContext()


def context():
    """The eager context of this process."""
    return _context


def executing_eagerly():
    """Whether operations run as they are called in this thread: not inside a graph nor while a function is traced."""
    return builder.current() is _context
