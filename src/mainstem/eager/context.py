"""`EagerContext`: the builder of eager mode. An op call runs its kernel at once and tells the tapes that listen."""

import contextlib
import threading

import jax
import numpy as np
from jax import lax

from mainstem.base import arrays, dtypes, nest, seeds, source
from mainstem.core import bind, builder, evaluate, infer
from mainstem.eager import guards, refusals
from mainstem.eager import plan as plans
from mainstem.eager.tensor import EagerTensor, pending, wrap
from mainstem.graph import convert, device
from mainstem.lower import kernels
from mainstem.lower.program import scope
from mainstem.lower.slots import Slot

swap_width, set_width, _ARRAY = plans.swap_width, plans.set_width, np.ndarray
PLANS, STREAMS = 20000, 20000  # that are kept
_FLOATS = frozenset(t for t in dtypes.DEVICE if t.is_floating or t.is_complex)
_INTEGERS = frozenset(t for t in dtypes.DEVICE if t.is_integer)


class _Thread(threading.local):
    def __init__(self):
        self.tapes, self.scope = [], ""


class EagerContext:
    """Runs ops as they are called; holds what outlives a call: random streams, seeds, and the tapes of each thread."""

    def __init__(self):
        self.seeds, self._thread = seeds.EagerSeeds(), _Thread()
        self._plans, self._states, self._streams, self._numbers = {}, {}, {}, {}

    # ---- as the builder of op calls

    def apply(self, op, args, attrs, name=None):
        """Runs an op; gives its result tensors; see `core.builder`."""
        key = [op]
        if op.state is not None:
            return self._draw(op, args, attrs)
        for a in args:
            if type(a) is not EagerTensor:
                return self._apply_any(op, args, attrs)
            key.append(a._dtype._enum)
        if attrs:
            for k, v in attrs.items():
                key.append(k)
                key.append(tuple(v) if type(v) is list else v)
        try:
            plan = self._plans.get(tuple(key))
        except TypeError:  # an attr that is no key
            plan = None
        if plan is None:
            return self._apply(op, args, attrs)
        if not plan.simple:
            return self._call(plan, op, args)
        previous = swap_width(True)  # `_call`, for the plain case: measured, 3 µs less
        try:
            values = plan.function(*[a._value if type(a._value) is not _ARRAY else a._content() for a in args])
        except Exception as e:
            raise refusals.failed(op, args, e) from None
        finally:
            set_width(previous)
        out = EagerTensor(values[0], plan.kinds[0])
        if self._thread.tapes:
            self._record(op, plan.attrs, list(args), [out])
        return out

    def observe(self, observer):
        """Has `observer(op, inputs, attrs, outputs, name)` called after each operation that a program applies; None: nobody."""
        self._observer = observer
        vars(self).pop("apply", None)
        if observer is not None:
            self.apply = self._observed

    def _observed(self, op, args, attrs, name=None):
        vars(self).pop("apply", None)  # what an operation or the observer applies itself is not seen
        try:
            results = self.apply(op, args, attrs, name)
            inputs = [a if type(a) is EagerTensor else self.convert(a) for a in nest.flatten(list(args))]
            self._observer(op, inputs, attrs, [t for t in nest.flatten(results) if t is not None], name)
        finally:
            self.observe(self._observer)
        return results

    def _apply_any(self, op, args, attrs):
        """`apply` where some arguments are Python numbers, index lists or lists of tensors."""
        if op.has_list_input:
            return self._apply_lists(op, args, attrs)
        made = []
        for i, a in enumerate(args):
            if type(a) is not EagerTensor and i < len(op.inputs):
                a = self._simple(op, op.inputs[i], a, args)
                if a is None:
                    return self._apply(op, args, attrs)
            made.append(a)
        return self.apply(op, made, attrs)

    def _simple(self, op, arg, value, args):
        """The tensor for a variable, a Python number or a list of ints, by the type of the other arguments; None where that does not do."""
        kind = type(value)
        if kind is not int and kind is not float and kind is not list and kind is not tuple:
            read = getattr(kind, "_read_op", None)
            return None if read is None or arg.is_ref or arg.type is dtypes.resource else _if_eager(read(value))
        wanted = arg.type
        if type(wanted) is str:
            name = wanted
            for other, a in zip(op.inputs, args):
                if other.type == name and type(a) is EagerTensor:
                    wanted = a._dtype
                    break
            else:
                wanted = op.attrs[name].default
                if type(wanted) is not dtypes.DType:  # what TensorFlow infers
                    wanted = dtypes.float32 if kind is float else dtypes.int32
                    allowed = op.attrs[name].allowed
                    if allowed is not None and wanted not in allowed:
                        return None
        if kind is int or kind is float:
            return self.number(value, wanted)
        if arg.name in op.static and wanted in dtypes.INDEX and all(type(v) is int for v in value):
            try:
                return EagerTensor(np.array(value, wanted.np), wanted)
            except OverflowError:
                return None
        return None

    def _draw(self, op, args, attrs):
        """`apply` of a random op: a plan for all seeds, and a stream for each pair of them."""
        given, key = [attrs.get("seed") or 0, attrs.get("seed2") or 0], [op]
        for a in args:
            key.append(a._dtype._enum if type(a) is EagerTensor else None)
        for k, v in attrs.items():
            if k != "seed" and k != "seed2":
                key += (k, tuple(v) if type(v) is list else v)
        plan = None
        if not op.host and None not in key:
            plan = self._plans.get(tuple(key))
        if plan is None:
            inputs, bound = self._bind(op, args, attrs)
            if op.host or not plans.plannable(op, bound, inputs):
                return _results(op, bound, self.run(op, inputs, bound))
            plan = plans.Plan(op, bound, inputs)
            if None not in key:
                self._plans[tuple(key)] = plan
            args = inputs
        return self._drawn(plan, op, args, given)

    def _drawn(self, plan, op, inputs, given):
        where = (plan, *given)
        state = self._streams.pop(where, None)
        if state is None:
            state = op.state(**{**plan.kernel_attrs, **dict(zip(("seed", "seed2"), given))})
        previous = swap_width(True)
        try:
            state, *values = plan.draw(state, inputs)
        except Exception as e:
            raise refusals.failed(op, inputs, e) from None
        finally:
            set_width(previous)
        if len(self._streams) >= STREAMS:
            self._streams.pop(next(iter(self._streams)))  # the one that was drawn from the longest ago
        self._streams[where] = state
        outs = [EagerTensor(v, k) for v, k in zip(values, plan.kinds)]
        if self._thread.tapes:
            self._record(op, {**plan.attrs, "seed": given[0], "seed2": given[1]}, list(inputs), outs)
        return _results(op, plan.attrs, outs)

    def _apply_lists(self, op, args, attrs):
        """`apply` of an op with list arguments: a plan for lists of tensors only."""
        key, flat = [op], []
        for a in args:
            for t in a if type(a) is list or type(a) is tuple else (a,):
                if type(t) is not EagerTensor:
                    t = self.number(t, dtypes.int32) if t is a and type(t) is int else None  # an axis
                    if t is None:
                        return self._apply(op, args, attrs)
                key.append(t._dtype._enum)
                flat.append(t)
            key.append(-1)
        for k, v in attrs.items():
            key.append(k)
            key.append(tuple(v) if type(v) is list else v)
        try:
            plan = self._plans.get(key := tuple(key))
        except TypeError:
            return self._apply(op, args, attrs)
        if plan is not None:
            return self._call(plan, op, flat)
        inputs, bound = self._bind(op, args, attrs)
        same = len(inputs) == len(flat) and all(a._dtype is b._dtype for a, b in zip(inputs, flat))
        return self._planned(key if same else None, op, inputs, bound)

    def _apply(self, op, args, attrs):
        graph = _collecting(args)
        if graph is not None:
            with graph.as_default():
                return graph.apply(op, args, attrs)
        inputs, bound = self._bind(op, args, attrs)
        if not op.has_list_input:
            key = [op, *(t._dtype._enum for t in inputs)]
            for k, v in attrs.items():
                key += (k, tuple(v) if type(v) is list else v)
            return self._planned(tuple(key), op, inputs, bound)
        return _results(op, bound, self.run(op, inputs, bound))

    def _planned(self, key, op, inputs, attrs):
        """Runs `op` by a plan, which is kept under `key`, where it can have one."""
        if key is None or not plans.plannable(op, attrs, inputs):
            return _results(op, attrs, self.run(op, inputs, attrs))
        try:
            plan = self._plans.get(key)
        except TypeError:  # an attr that is no key
            return _results(op, attrs, self.run(op, inputs, attrs))
        if plan is None:
            if len(self._plans) > PLANS:
                self._plans.clear()
            plan = self._plans[key] = plans.Plan(op, attrs, inputs)
        return self._call(plan, op, inputs)

    def _bind(self, op, args, attrs):
        try:
            return bind.bind(op, args, attrs, self.convert)
        except (TypeError, ValueError) as e:
            raise refusals.refused(op, args, attrs) or e from None

    def _call(self, plan, op, inputs):
        if plan.guard is not None:
            wrong = plan.guard(inputs)
            if wrong is not None:
                raise refusals.invalid(op, wrong)
        if plan.hosted:
            return self._hosted(plan, op, inputs)
        if plan.of_shape is not None:
            values = [plan.of_shape(inputs[0])]
        else:
            previous = swap_width(True)
            try:
                values = plan.on_host(inputs) if plan.fold is not None else None
                if values is None:
                    values = plan.call(inputs)
            except Exception as e:
                raise refusals.failed(op, inputs, e) from None
            finally:
                set_width(previous)
            for i in plan.writes:
                slot = inputs[i]._value
                slot.value, slot.shared = values.pop(0), True
        if plan.single:
            out = EagerTensor(values[0], plan.kinds[0])
            if self._thread.tapes:
                self._record(op, plan.attrs, list(inputs), [out])
            return out
        outs = [EagerTensor(v, k) for v, k in zip(values, plan.kinds)]
        if self._thread.tapes:
            self._record(op, plan.attrs, list(inputs), outs)
        return _results(op, plan.attrs, outs)

    def _hosted(self, plan, op, inputs):
        previous = swap_width(True)  # some of them compute with JAX
        try:
            values = plan.in_python(inputs)
        except Exception as e:
            raise refusals.failed(op, inputs, e) from None
        finally:
            set_width(previous)
        outs = [_typed(v, k) for v, k in zip(values, plan.kinds)]
        if self._thread.tapes:
            self._record(op, plan.attrs, list(inputs), outs)
        return _results(op, plan.attrs, outs)

    def run(self, op, inputs, attrs):
        """Runs `op` on flat EagerTensors with complete attrs; gives the flat list of output tensors."""
        if op.name in guards.GUARDS:
            wrong = guards.GUARDS[op.name](inputs)
            if wrong is not None:
                raise refusals.invalid(op, wrong)
        try:
            with scope():
                outs = self._evaluate(op, inputs, attrs)
        except Exception as e:
            raise refusals.failed(op, inputs, e) from None
        if self._thread.tapes:
            self._record(op, attrs, inputs, outs)
        return outs

    def _evaluate(self, op, inputs, attrs):
        kinds = infer.output_dtypes(op, attrs)
        if op.owner:
            slot = Slot(attrs.get("shared_name") or op.name, source.user_line(), (attrs.get("dtype"), attrs.get("shape")))
            if op.host:
                slot.value = op.kernel(**evaluate.kernel_attrs(op, attrs))
                slot.value.adopt(op.name, slot.name, attrs)
            return [EagerTensor(slot, dtypes.resource)]
        if op.host or any(t is dtypes.string or t is dtypes.variant for t in [*kinds, *(i._dtype for i in inputs)]):
            return self._on_host(op, inputs, attrs, kinds)
        state = self._state(op, attrs)
        results = kernels.call(op, self._contents(op, inputs, attrs), attrs, state, checked=True)
        if state:
            self._states[op, infer.Frozen(attrs)] = results.pop(0)
        self._write(op, inputs, attrs, results)
        return [wrap(r) for r in results]

    @staticmethod
    def _contents(op, inputs, attrs):
        unread = evaluate.positions(op, attrs, op.unread)
        return [
            None if i in unread else plans.content(t) if t._dtype is dtypes.resource else t._value for i, t in enumerate(inputs)
        ]

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
        if op.host:
            kernel = plans.in_eager_mode(op)
        if kernel is None:
            raise NotImplementedError(f"{op.name} on strings is not implemented")
        if op.store is not None:
            raise NotImplementedError(f"{op.name} keeps values in a session: it works in graphs only.")
        unread = evaluate.positions(op, attrs, op.unread)
        args = [
            None if i in unread else t._value if op.slots and t._dtype is dtypes.resource else _on_host_value(t)
            for i, t in enumerate(inputs)
        ]
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

    # ---- values

    def convert(self, value, dtype=None, as_ref=False, preferred_dtype=None, name=None):
        """Gives the tensor for any value; a jax array is taken as it is. Raises TypeError or ValueError for what cannot be a tensor of `dtype`."""
        kind = type(value)
        if kind is EagerTensor:
            if dtype is None or value._dtype is dtype:
                return value
        elif kind is int or kind is float:
            made = self.number(value, dtype or preferred_dtype or (dtypes.int32 if kind is int else dtypes.float32))
            if made is not None:
                return made
        elif isinstance(value, jax.Array):
            return _of_jax(value, dtype)
        try:
            return convert.to_tensor(self, value, dtype, as_ref, preferred_dtype, name)
        except (TypeError, ValueError) as e:
            raise refusals.unconvertible(value, dtype, e) from None

    def number(self, value, dtype):
        """A scalar tensor of a Python int or float, or None where `dtype` does not hold it; one that comes again stays on the device."""
        dtype = dtype.base_dtype
        key = (value, dtype._enum, type(value))
        kept = self._numbers.get(key) if value else None  # 0.0 and -0.0 are equal keys
        if kept is None:
            if dtype not in _FLOATS and (type(value) is float or dtype not in _INTEGERS):
                return None
            try:
                with np.errstate(over="ignore"):  # 1e9 as a float16 is infinite
                    kept = EagerTensor(np.array(value, dtype.np), dtype)
            except OverflowError:
                return None
            if value == value:
                if len(self._numbers) > 1000:
                    self._numbers.clear()
                self._numbers[key] = kept
        made = EagerTensor(kept._value if kept._host is not None or dtype in _INTEGERS else kept._content(), dtype)
        made._host = kept._host
        return made

    def constant(self, array, dtype, name=None):
        """The tensor that holds a NumPy array (which must not change afterwards)."""
        return EagerTensor(array, dtype)

    def accept(self, tensor):
        """Gives `tensor` when it is concrete, or belongs to a graph that collects. Raises TypeError for another graph's tensor."""
        if not isinstance(tensor, EagerTensor) and not tensor._op.graph.collects:
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

    def name_scope(self, name):
        """Keeps the scope's name, which variables made inside take; ops have no names."""
        return _NameScope(self._thread, name)

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
    def not_recording(self):
        """No tape of this thread hears what happens inside the block."""
        saved, self._thread.tapes = self._thread.tapes, []
        try:
            yield
        finally:
            self._thread.tapes = saved

    def device(self, device_name_or_function):
        """Operations called inside the block run on the device of that name; on the usual one where there is none such."""
        if callable(device_name_or_function):
            raise RuntimeError("tf.device does not support functions when eager execution is enabled.")
        given = device_name_or_function
        spec = device.DeviceSpec.from_string(given if given is None or isinstance(given, str) else given.to_string())
        found = None
        if spec.device_type is not None:
            index = spec.device_index or 0
            found = next((d for i, d in enumerate(_devices(spec.device_type)) if i == index), None)
        return contextlib.nullcontext() if found is None else jax.default_device(found)

    def control_dependencies(self, control_inputs):
        """No meaning where operations run in the order of the program; callables among `control_inputs` are called."""
        for c in control_inputs or ():
            if callable(c) and not hasattr(c, "dtype"):
                c()
        return contextlib.nullcontext()

    def _no_scope(self, *args, **kwargs):
        """What has no meaning where operations run at once."""
        return contextlib.nullcontext()

    colocate_with = container = _attr_scope_of = _no_scope

    def set_seed(self, seed):
        """Sets the global seed and restarts all random streams."""
        self.seeds.set(seed)
        self._states.clear()
        self._streams.clear()

    @property
    def seed(self):
        return self.seeds.seed

    def automatic_seed(self):
        return self.seeds.automatic_seed()


def _if_eager(tensor):
    return tensor if type(tensor) is EagerTensor else None


class _NameScope:
    """A block of eager mode in which names start with a scope's."""

    __slots__ = ("name", "saved", "thread")

    def __init__(self, thread, name):
        self.thread, self.name = thread, name

    def __enter__(self):
        saved = self.saved = self.thread.scope
        name = self.name
        if not name:
            self.thread.scope = ""
            return ""
        new = name[:-1] if name[-1] == "/" else f"{saved}/{name}" if saved else name
        self.thread.scope = new
        return new + "/"

    def __exit__(self, *exc):
        self.thread.scope = self.saved


def _devices(kind):
    """The devices of a kind that this process has."""
    try:
        return jax.local_devices(backend=kind.lower())
    except RuntimeError:
        return []


def _on_host_value(t):
    v = plans.content(t) if t._dtype is dtypes.resource else t._value
    return np.asarray(v) if isinstance(v, jax.Array) else v


def _of_jax(value, dtype):
    """The tensor for a jax array, which is shared; of another dtype, a converted copy."""
    made = wrap(value)
    if getattr(value, "weak_type", False):  # a Python number's array: it has to be of its dtype in earnest
        made = EagerTensor(lax.convert_element_type(value, value.dtype), made._dtype)
    if dtype is None or dtype.base_dtype is made._dtype:
        return made
    return EagerTensor(np.asarray(value).astype(dtype.base_dtype.np), dtype.base_dtype)


def _typed(v, kind):
    if kind in (dtypes.resource, dtypes.variant):
        return EagerTensor(v, kind)
    if isinstance(v, arrays.Pending):
        return pending(v)
    if kind is dtypes.string:  # an array that a kernel made holds bytes: to look at each takes longer than most kernels
        return EagerTensor(v if type(v) is np.ndarray and v.dtype == object else arrays.strings(v), kind)
    return EagerTensor(np.asarray(v, kind.base_dtype.np), kind.base_dtype)


def _collecting(args):
    """The graph of the first tensor that belongs to a graph which collects what eager mode does with its tensors; else None."""
    for a in args:
        for t in a if type(a) is list or type(a) is tuple else (a,):
            op = getattr(t, "_op", None)
            if op is not None and not t._is_eager and op.graph.collects:
                return op.graph
    return None


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
