"""Running a host segment: Python kernels on concrete NumPy values, one operation after the other."""

import contextlib

import jax
import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.core import evaluate, resource
from mainstem.lower import effects, interpret
from mainstem.lower.plan import is_handle

_TURN = 0.02  # seconds that one of several waiting operations waits before the others are tried again


def run(plan, segment, values, slots, late=None):
    """Runs the operations of a host segment; `values` (tensor -> concrete value) gains their outputs.

    With `late`, a dict, an operation that would have to wait for others goes there, and with it what depends on it; `finish` runs
    them. So a run that takes from a queue and puts into it does not depend on the order of the two.
    """
    steps = plan.steps.get(segment)
    if steps is None:
        steps = plan.steps[segment] = [Step(plan, op, slots) for op in segment.ops]
    if late is None:
        for step in steps:
            step(values)
        return
    for step in steps:
        if depends(step.op, late) or not _tried(step, values):
            late[step.op] = step


def run_one(plan, op, values, slots):
    """Runs one operation; `values` gains its outputs."""
    step = plan.steps.get(op)
    if step is None:
        step = plan.steps[op] = Step(plan, op, slots)
    step(values)


def depends(op, late):
    """Whether an operation needs one that comes later."""
    return bool(late) and (any(t._op in late for t in op._inputs) or any(c in late for c in op._control_inputs))


def _tried(step, values):
    """Runs an operation unless it would have to wait; tells whether it ran."""
    if not step.op.definition.waits:
        step(values)
        return True
    try:
        with resource.probing():
            step(values)
    except resource.Later:
        return False
    return True


def finish(values, late):
    """Runs the operations that come later, waiting for other threads where none of them can go on."""
    while len(late) > 1:
        moved = False
        for op, step in list(late.items()):
            del late[op]
            if depends(op, late) or not _tried(step, values):
                late[op] = step
            else:
                moved = True
        if not moved:
            _wait_a_turn(values, late)
    for step in late.values():
        step(values)
    late.clear()


def _wait_a_turn(values, late):
    """Waits for one operation: for a while where it takes something, since that can be given up without a trace."""
    free = [op for op in late if not depends(op, late)]
    op = next((op for op in free if op._outputs), free[0])
    step = late[op]
    try:
        if op._outputs and len(free) > 1:
            with resource.within(_TURN):
                step(values)
        else:
            step(values)
    except errors.DeadlineExceededError:
        if not resource.time_left():
            raise
        return
    del late[op]


class Step:
    """One operation of a host segment, with all that is known before it runs: a pipeline runs it once for every element."""

    def __init__(self, plan, op, slots):
        d = op.definition
        self.plan, self.op, self.slots = plan, op, slots
        self.idle = op.type == "Placeholder" or (bool(op._outputs) and all(t in plan.fed for t in op._outputs))
        # (number, tensor, NumPy dtype) of the results; what is fed keeps its value
        kept = [t for t in op._outputs if t not in plan.handles]
        self.outputs = [(i, t, t._dtype.base_dtype.np) for i, t in enumerate(kept) if t not in plan.fed]
        self.functional, self.state = effects.is_functional(op), None
        self.lending = []
        if self.functional or self.idle:
            return
        self.attrs = evaluate.kernel_attrs(d, op.attrs)
        if d.state is not None:
            self.state = slots.get("state:" + op.name, op.line)
        lists = any(t._dtype is dtypes.variant for t in (*op._inputs, *op._outputs))
        # those of lists work on strings too
        self.kernel = d.kernel if d.host or d.writes or lists or op.type == "PlaceholderWithDefault" else d.fold
        if self.kernel is None:
            raise errors.UnimplementedError(None, op, f"{op.type} on strings is not implemented {op.where()}")
        if d.store is not None:
            self.kernel = _with_store(self.kernel, op, slots)
        self._find_sources()
        self.changes = self.state is not None or bool(d.writes)
        self.single = len(kept) == 1 and not d.outputs[0].is_list and len(d.outputs) == 1

    def _find_sources(self):
        """Where the arguments come from: constants, tensors computed before, or functions of the values known so far."""
        d, inputs = self.op.definition, self.op._inputs
        self.names = [a.name for a in d.inputs for _ in range(self.plan._count(self.op, a))]
        self.constant, self.taken, self.special = [None] * len(inputs), [], []
        for i, (name, t) in enumerate(zip(self.names, inputs)):
            if t not in self.plan.fed and t in self.plan.handles:
                source = self._handle_source(name, t)
                (self.lending if d.borrows else self.special).append((i, source))
            elif t not in self.plan.fed and t._op.type == "Const":
                self.constant[i] = t._op.attrs["value"]
            elif d.slots and is_handle(t):
                self.special.append((i, lambda values, t=t: _chosen(values[t])))
            else:
                self.taken.append((i, t))
        self.grouped = evaluate.group(d, range(len(inputs)), self.op.attrs) if d.has_list_input else None

    def __call__(self, values):
        """Runs it; `values` gains its outputs."""
        if self.idle:
            return
        try:
            if self.functional:
                results = self._functional(values)
            elif self.changes:
                with self.slots.lock:  # reading, changing and writing back is one step for other threads
                    results = self._changed(values)
            else:
                result = self._borrowing(values) if self.lending else self.kernel(*self._arguments(values), **self.attrs)
                if self.single:
                    results = (result,)
                else:
                    d = self.op.definition
                    results = evaluate.flatten(d, result) if d.outputs else ()
        except resource.Later:
            raise
        except Exception as e:
            self._locate(e)
            raise
        for i, t, kind in self.outputs:
            v = results[i]
            values[t] = v if type(v) is np.ndarray and v.dtype is kind else _typed(v, t)

    def _locate(self, error):
        """Adds to an error which operation met it."""
        op = self.op
        if not isinstance(error, errors.OpError):
            error.add_note(f"in {op.where()}")
        elif error._op is None:
            error._op = op
            error._message += f" {op.where()}"

    @contextlib.contextmanager
    def located(self):
        """A block whose errors are those of the operation."""
        try:
            yield
        except Exception as e:
            self._locate(e)
            raise

    def _borrowing(self, values):
        """Runs the kernel on the variables' own memory: a checkpoint of a large model needs no second one."""
        lent = []
        try:
            return self.kernel(*self._arguments(values, lent), **self.attrs)
        finally:
            with self.slots.lock:
                for slot, value in lent:
                    slot.take_back(value)

    def _arguments(self, values, lent=()):
        args = self.constant.copy()
        for i, t in self.taken:
            v = values[t]
            args[i] = v if type(v) is np.ndarray or not isinstance(v, jax.Array) else np.asarray(v)
        for i, source in self.special:
            args[i] = source(values)
        for i, source in self.lending:
            args[i] = source(lent)
        if self.grouped is None:
            return args
        return [[args[i] for i in where] if type(where) is list else args[where] for where in self.grouped]

    def _functional(self, values):
        plan, slots = self.plan, self.slots
        args = [
            _held(plan, t, slots) if is_handle(t) and t in plan.handles else concrete(plan, t, values, slots)
            for t in self.op._inputs
        ]
        return interpret.call(plan, self.op, args, slots)

    def _changed(self, values):
        """What an operation gives that replaces the values of slots."""
        d, args = self.op.definition, self._arguments(values)
        if self.state is None:
            results = evaluate.flatten(d, self.kernel(*args, **self.attrs), len(d.writes))
        else:
            if self.state.value is None:
                self.state.value = d.state(**self.attrs)
            results = evaluate.flatten(d, self.kernel(self.state.value, *args, **self.attrs), 1 + len(d.writes))
            self.state.value = results.pop(0)
        for written in d.writes:
            slot_name, owner = self.plan.handles[self.op._inputs[self.names.index(written)]]
            self.slots.get(slot_name, owner.line).value = _settled(results.pop(0), owner)
        return results

    def _handle_source(self, name, t):
        plan, slots, d = self.plan, self.slots, self.op.definition
        slot_name, owner = plan.handles[t]
        slot = slots.get(slot_name, owner.line)
        kept = owner.definition.owner and owner.definition.host
        if kept:
            _adopt(slot, owner, slots)
        # the value of a variable where the signature asks for a value, e.g. of one that is put into a queue
        plain = t._dtype is not dtypes.resource and not next(a.is_ref for a in d.inputs if a.name == name)
        if not d.slots or (plain and not kept):
            if kept:  # an operation that passes handles on
                return lambda values: _wrapped(slot)
            if d.borrows:
                return lambda lent: _lent(slot, owner, slots, lent)
            return lambda values: None if name in d.unread else concrete(plan, t, values, slots)
        if not kept:
            return lambda values: slot

        def made(values):
            if slot.value is None:  # destroyed
                _adopt(slot, owner, slots)
            return slot

        return made


def _with_store(kernel, op, slots):
    """A kernel whose first argument is what its operation keeps in the session."""
    store, attrs = op.definition.store, op.attrs
    name = attrs["shared_name"] or op.name
    slot = slots.get(f"{store.kind}:{attrs['container']}/{name}", op.line)

    def run(*args, **kernel_attrs):
        if slot.value is None:
            with slots.lock:
                if slot.value is None:
                    made = store.of(attrs)
                    made.name = name
                    if slots.closed:
                        made.shut()
                    slot.value = made
        return kernel(slot.value, *args, **kernel_attrs)

    return run


def _held(plan, t, slots):
    """The slot behind the handle `t`, with a queue or reader in it: a body that uses it does not know how it is made."""
    name, owner = plan.handles[t]
    slot = slots.get(name, owner.line)
    if owner.definition.owner and owner.definition.host:
        _adopt(slot, owner, slots)
    return slot


def _wrapped(slot):
    handle = np.empty((), object)
    handle[()] = slot
    return handle


def _chosen(handle):
    """The slot behind a handle that operations passed on."""
    return handle.item() if isinstance(handle, np.ndarray) else handle


def _adopt(slot, owner, slots):
    """Makes what the operation `owner` stands for, or finds that it is there already."""
    with slots.lock:
        held, d = slot.value, owner.definition
        if held is None:
            held = d.kernel(**evaluate.kernel_attrs(d, owner.attrs))
        elif owner in held.known:
            return
        try:
            held.adopt(owner.type, owner.name, owner.attrs)
        except errors.OpError as e:
            e._op = owner
            e._message += f" {owner.where()}"
            raise
        held.known.add(owner)
        if slots.closed:
            held.shut()
        slot.value = held


def _typed(v, t):
    if type(v) is np.ndarray and v.dtype == t._dtype.base_dtype.np:
        return v
    if t._dtype in (dtypes.resource, dtypes.variant):
        return v
    if isinstance(v, jax.Array):
        v = np.asarray(v)
    if t._dtype is dtypes.string and not isinstance(v, np.ndarray):
        out = np.empty((), object)
        out[()] = v
        return out
    return np.asarray(v, t._dtype.base_dtype.as_numpy_dtype)


def concrete(plan, t, values, slots):
    """The concrete value of a tensor outside any program: fed, computed, constant, or the content of its slot."""
    v = values.get(t)
    if v is not None:
        return np.asarray(v) if isinstance(v, jax.Array) else v
    if t in plan.handles:
        name, owner = plan.handles[t]
        slot = slots.get(name, owner.line)
        if owner.definition.owner and owner.definition.host:
            _adopt(slot, owner, slots)
            return slot.value
        with slots.lock:  # a step in another thread may give the array's memory away
            if slot.value is None:
                raise uninitialized(slot, owner)
            return np.array(slot.value) if isinstance(slot.value, jax.Array) else slot.value
    return t._op.attrs["value"]


def _lent(slot, owner, slots, lent):
    """The value of a variable without a copy; `lent` gains the slot and what `take_back` needs."""
    with slots.lock:
        if slot.value is None:
            raise uninitialized(slot, owner)
        lent.append((slot, slot.lend()))
        return np.asarray(slot.value)


def uninitialized(slot, op):
    """The error for reading a variable before it has a value."""
    where = f" Declared at {slot.line[0]}:{slot.line[1]}." if slot.line else ""
    return errors.FailedPreconditionError(
        None,
        op,
        f"Attempting to use uninitialized value {slot.name}.{where} Run `tf.global_variables_initializer()` (or restore a checkpoint) first.",
    )


def _settled(value, owner):
    """A variable's value as its slot holds it: on the device, unless it is of strings."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        shape = owner.attrs.get("shape")
        if owner.type == "Placeholder" and owner._outputs[0]._dtype is dtypes.resource:  # a handle that a body was given
            shape = (owner._outputs[0]._handle or (None, None))[1]
        if shape is not None and not shapes.compatible(value.shape, shape):
            raise errors.InvalidArgumentError(
                None,
                owner,
                f"Assign requires shapes of both tensors to match. lhs shape= {list(shape)} rhs shape= {list(value.shape)} {owner.where()}",
            )
        with jax.enable_x64(True):
            return jax.device_put(value, may_alias=True)
    return value
