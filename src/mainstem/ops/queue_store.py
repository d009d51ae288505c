"""What a queue holds, and who waits for it: the objects behind the ops of `queues.py`.

Two lines of attempts stand before a queue, one to put elements in and one to take elements out. Only the first attempt of a line
moves, as far as it can: so many that want much are not overtaken by ones that want little. Whoever changes the queue moves the attempts
of others on, and wakes a thread when its attempt is done; nobody wakes in vain.
"""

import collections
import contextlib
import heapq
import threading
import time

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core import resource
from mainstem.ops import philox
from mainstem.ops.host import invalid

UNLIMITED = 2**31 - 1
# Threads that were started together get about equally far in TensorFlow, since a run lets go of Python for long; programs rely on it,
# and would hang where one thread fills a queue before another has run at all. So who fills the last places of a queue lets others
# go first: for a moment, and for long while a thread lives that has not put anything twice (a busy machine may keep a thread from
# running for a tenth of a second). It goes on as soon as somebody wants more than there is: no time is lost there.
_LAST = 32  # places at most, and at most a fourth of the queue
_REST = 4e-3  # seconds
_LATE = 1.0  # seconds that a queue waits for a thread, once
_WORDS = 256  # of a random stream that are drawn at a time
_PROTO_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


class _Attempt:
    """One call that waits. `moved` says whether its last step did something, `gate` opens when it is done."""

    __slots__ = ("error", "gate", "moved", "result")

    def __init__(self):
        self.gate, self.error, self.result, self.moved = threading.Lock(), None, None, False
        self.gate.acquire()

    def undo(self, queue):
        """Gives back what it took so far; it is given up."""


class _Put(_Attempt):
    __slots__ = ("left",)

    def __init__(self, elements):
        super().__init__()
        self.left = collections.deque(elements)

    def step(self, queue):
        """Goes on; gives whether the attempt is done."""
        if queue.closed:
            self.error = queue.is_closed_error()
            return True
        room = queue.capacity - len(queue)
        self.moved = room > 0
        for _ in range(min(room, len(self.left))):
            queue.add(self.left.popleft())
        return not self.left

    def cancelled(self):
        return errors.CancelledError(None, None, "Enqueue operation was cancelled")


class _Close(_Attempt):
    __slots__ = ()

    def step(self, queue):
        if queue.closed:
            self.error = queue.is_closed_error(already=True)
        queue.closed = True
        return True

    cancelled = _Put.cancelled


class _Take(_Attempt):
    __slots__ = ("left", "single", "small", "taken")

    def __init__(self, count, small, single):
        super().__init__()
        self.left, self.small, self.single, self.taken = count, small, single, []

    def step(self, queue):
        """Goes on; gives whether the attempt is done."""
        if queue.closed and len(queue) < self.left:
            size = len(queue)
            self.undo(queue)
            if not (self.small and len(queue)):
                self.error = queue.insufficient(self.left, size, self.single)
                return True
            self.taken, self.left = [], len(queue)
        ready = min(queue.ready(), self.left)
        self.moved = ready > 0
        self.taken += [queue.pop() for _ in range(ready)]
        self.left -= ready
        self.result = self.taken
        return self.left == 0

    def undo(self, queue):
        queue.restore(self.taken)
        self.taken = []

    def cancelled(self):
        return errors.CancelledError(None, None, "Dequeue operation was cancelled")


class Queue(resource.Resource):
    """A queue of elements in order of arrival; an element is a tuple of NumPy values, one a component.

    `types` are the dtypes of the components, `shapes` their shapes as tuples, or None when they were not given.
    """

    kind = told = "FIFOQueue"  # `told`: as errors about single elements call it

    def __init__(self, types, shapes, capacity):
        self.types, self.shapes, self.capacity = list(types), shapes or None, UNLIMITED if capacity < 0 else capacity
        self.lock, self.closed, self.over = threading.Lock(), False, False
        self.crowded, self.resting = min(_LAST, self.capacity // 4), []
        self.puts, self.takes, self.elements = collections.deque(), collections.deque(), collections.deque()
        self.came = {}  # thread -> how often it has put something, as far as two

    # ---- what a kind of queue decides

    def __len__(self):
        return len(self.elements)

    def ready(self):
        """How many elements may be taken now."""
        return len(self.elements)

    def add(self, element):
        self.elements.append(element)

    def pop(self):
        return self.elements.popleft()

    def restore(self, taken):
        """Puts elements back that an attempt took in this order."""
        self.elements.extendleft(reversed(taken))

    # ---- putting and taking

    def put(self, elements):
        """Adds elements, waiting for room. Raises CancelledError when the queue is closed or the waiting is cancelled."""
        rest, me = None, threading.get_ident()
        first = me not in self.came
        if self.came.get(me, 0) < 2:
            self.came[me] = 1 if first else 2
        with self.lock:
            attempt = None if self._put_at_once(elements) else self._line_up(_Put(elements), self.puts)
            # who puts for the first time goes on at once: others wait for it, and it might want to tell them to stop
            if attempt is None and not first and self._is_crowded() and threading.active_count() > 1:
                rest = threading.Lock()
                rest.acquire()
                self.resting.append(rest)
        if attempt is not None:
            self._wait(attempt, self.puts)
        elif rest is not None:
            self._rest(rest)

    def _is_crowded(self):
        return self.capacity - len(self) <= self.crowded

    def _rest(self, gate):
        """Lets others go first, until somebody opens the gate."""
        end = time.monotonic() + _LATE
        while not gate.acquire(timeout=_REST):
            late = self._late() if self._is_crowded() else []
            if not late or time.monotonic() >= end:
                self.came.update((t.ident, 2) for t in late)
                with self.lock, contextlib.suppress(ValueError):  # a taker woke it meanwhile
                    self.resting.remove(gate)
                return

    def _late(self):
        """The other threads that have not put anything twice. The main thread, and those that end with the program, need not."""
        me, main = threading.current_thread(), threading.main_thread()
        if me is main:
            return []
        others = (t for t in threading.enumerate() if t is not me and t is not main and not t.daemon)
        return [t for t in others if self.came.get(t.ident, 0) < 2]

    def _put_at_once(self, elements):
        if self.puts:
            return False
        if self.closed:
            raise self.is_closed_error()
        if len(elements) > self.capacity - len(self):
            return False
        for e in elements:
            self.add(e)
        if self.takes:
            self._advance()
        return True

    def take(self, count, small=False, single=False):
        """Takes `count` elements, waiting for them; gives them as a list. `single`: the element is not to be part of a batch.

        From a closed queue that has less come the elements that it has when `small`; else that raises OutOfRangeError. Raises
        CancelledError when the session ends.
        """
        with self.lock:
            if not self.takes and self.ready() >= count:
                taken = [self.pop() for _ in range(count)]
                if self.puts:
                    self._advance()
                return taken
            attempt = self._line_up(_Take(count, small, single), self.takes)
            self._wake()
        return self._wait(attempt, self.takes)

    def take_some(self, most):
        """Takes what there is, `most` elements at most but at least one, waiting for it."""
        with self.lock:
            count = 0 if self.takes else min(most, self.ready())
            if count:
                taken = [self.pop() for _ in range(count)]
                if self.puts:
                    self._advance()
                return taken
        return self.take(1, single=True)

    def give_back(self, elements):
        """Puts elements back that were taken and not used."""
        with self.lock:
            self.restore(elements)
            self._advance()

    def close(self, cancel=False):
        """No more elements can be put, after those that wait for it; with `cancel` those get CancelledError.

        Raises CancelledError when it is closed already and `cancel` is not set.
        """
        with self.lock:
            self._wake()
            if cancel:
                self.closed = True
                self._cancel(self.puts)
                self._advance()
                return
            attempt = self._line_up(_Close(), self.puts)
        self._wait(attempt, self.puts)

    def shut(self):
        """The session ends: everybody who waits gets CancelledError, now and later."""
        with self.lock:
            self.over = True
            self._wake()
            self._cancel(self.puts)
            self._cancel(self.takes)

    # ---- waiting

    def _wake(self):
        """Ends the rests of those who put. Call with the lock."""
        while self.resting:
            self.resting.pop().release()

    def _line_up(self, attempt, line):
        """Takes the place at the end of a line and goes as far as it can. Call with the lock."""
        if line or not (self.closed or isinstance(attempt, _Close)):  # else it is done at once
            resource.may_wait()
        line.append(attempt)
        self._advance()
        if self.over:
            self._cancel(line)
        return attempt

    def _advance(self):
        """Moves both lines on until nothing changes. Call with the lock."""
        moving = True
        while moving:
            moving = False
            for line in (self.puts, self.takes):
                while line:
                    first = line[0]
                    done = first.step(self)
                    moving = moving or done or first.moved
                    if not done:
                        break
                    line.popleft()
                    first.gate.release()

    def _cancel(self, line):
        while line:
            attempt = line.popleft()
            attempt.undo(self)
            attempt.error = attempt.cancelled()
            attempt.gate.release()

    def _wait(self, attempt, line):
        try:
            resource.wait(attempt.gate)
        except BaseException:  # the time is over, or Ctrl-C: the place in the line is given up
            with self.lock:
                if attempt in line:
                    line.remove(attempt)
                attempt.undo(self)
                self._advance()
            raise
        if attempt.error is not None:
            raise attempt.error
        return attempt.result

    # ---- errors

    def is_closed_error(self, already=False):
        """The error for putting into a closed queue, or closing it again."""
        text = f"Queue '{self.name}' is already closed." if already else f"{self.told} '{self.name}' is closed."
        return errors.CancelledError(None, None, text)

    def insufficient(self, wanted, size, single):
        """The error for taking from a closed queue that has less."""
        kind = self.told if single else self.kind
        text = f"{kind} '{self.name}' is closed and has insufficient elements (requested {wanted}, current size {size})"
        return errors.OutOfRangeError(None, None, text)

    def check(self, op_type, attrs):
        """Raises InvalidArgumentError when an operation with the same shared name describes another queue."""
        if op_type.removesuffix("V2") != type(self).kind:
            raise invalid(f"Expected {self.kind}, found {op_type}")
        other = describe(op_type, attrs)
        self._same("capacity {} but requested capacity was {}", self.capacity, other.capacity)
        self._same("component types {} but requested component types were {}", _types(self.types), _types(other.types))
        self._same("component shapes {} but requested component shapes were {}", _shapes(self.shapes), _shapes(other.shapes))
        self._check_more(attrs)

    def _same(self, text, mine, asked):
        if mine != asked:
            raise invalid(f"Shared queue '{self.name}' has {text.format(mine, asked)}")

    def _check_more(self, attrs):
        pass


class PaddingQueue(Queue):
    """A queue of elements of different sizes, which a batch fills up with zeros or empty strings."""

    kind = "PaddingFIFOQueue"


class _Ranked:
    """An element of a PriorityQueue: of two, the one with the smaller first component is less."""

    __slots__ = ("element", "rank")

    def __init__(self, element):
        self.element, self.rank = element, int(element[0])

    def __lt__(self, other):
        return self.rank < other.rank


class PriorityQueue(Queue):
    """A queue that gives the element with the smallest first component; equal ones leave a heap in TensorFlow's order."""

    kind = told = "PriorityQueue"

    def __init__(self, types, shapes, capacity):
        super().__init__([dtypes.int64, *types], [(), *shapes], capacity)
        self.elements = []

    def add(self, element):
        heapq.heappush(self.elements, _Ranked(element))

    def pop(self):
        return heapq.heappop(self.elements).element

    def restore(self, taken):
        for element in taken:
            self.add(element)


class ShuffleQueue(Queue):
    """A queue that gives a random element, and keeps `least` of them while it is open, so that the choice is good.

    The order is TensorFlow's for the same seeds: the next 32-bit word of the stream chooses, the last element fills the gap.
    """

    kind = told = "RandomShuffleQueue"

    def __init__(self, types, shapes, capacity, least, seed, seed2):
        super().__init__(types, shapes, capacity)
        if least < 0:
            raise invalid(f"min_after_dequeue {least} must be >= 0")
        if least >= self.capacity:
            raise invalid(f"min_after_dequeue {least} must be < capacity {self.capacity}")
        self.least, self.seeds, self.elements = least, (seed, seed2), []
        self.stream, self.words = philox.HostStream(philox.initial_state(seed, seed2)), []

    def ready(self):
        return len(self.elements) if self.closed else max(0, len(self.elements) - self.least)

    def pop(self):
        elements = self.elements
        if not self.words:
            self.words = self.stream.take(_WORDS)[::-1].tolist()
        i = self.words.pop() % len(elements)
        chosen, last = elements[i], elements.pop()
        if i < len(elements):
            elements[i] = last
        return chosen

    def restore(self, taken):
        self.elements += taken

    def _check_more(self, attrs):
        least, seeds = attrs["min_after_dequeue"], (attrs["seed"], attrs["seed2"])
        self._same("min_after_dequeue {} but requested min_after_dequeue was {}.", self.least, least)
        if seeds != (0, 0):
            self._same("random seeds {} but requested seeds are {}.", self.seeds, seeds)


def describe(op_type, attrs):
    """The queue that an operation of this type with these attrs makes."""
    given = attrs["component_types"], attrs["shapes"], attrs["capacity"]
    if op_type.startswith("RandomShuffleQueue"):
        return ShuffleQueue(*given, attrs["min_after_dequeue"], attrs["seed"], attrs["seed2"])
    kinds = {"FIFOQueue": Queue, "PaddingFIFOQueue": PaddingQueue, "PriorityQueue": PriorityQueue}
    return kinds[op_type.removesuffix("V2")](*given)


# ---- elements from tensors and back


def _types(types):
    return ", ".join(_PROTO_NAMES.get(t.name, t.name) for t in types)


def _shape(shape):
    return "[" + ",".join("?" if d is None else str(d) for d in shape) + "]"


def _shapes(shapes):
    return "[" + ", ".join(_shape(s) for s in shapes or ()) + "]"


def _own(value):
    """The value as an array that nobody will change: what a program feeds is its own."""
    if value.flags.writeable or type(value.base) is np.ndarray:
        return value.copy()
    return value


def check_types(queue, types, into):
    """Raises InvalidArgumentError unless the components have the queue's types."""
    if types == queue.types:
        return
    words = ("resource, {}-> expected: resource, {}->" if into else "resource->{} expected: resource->{}").format(
        _types(types), _types(queue.types)
    )
    raise invalid(f"Signature mismatch, have: {words}")


def element(queue, components):
    """One element of components; raises InvalidArgumentError where a shape is not the queue's."""
    if queue.shapes is not None:
        for i, (value, shape) in enumerate(zip(components, queue.shapes)):
            if value.shape != shape:
                _check_shape(i, value.shape, shape)
    return tuple([_own(v) for v in components])


def elements(queue, components):
    """Elements from components with a first dimension more; raises InvalidArgumentError where a shape is not the queue's."""
    count = len(components[0]) if components[0].ndim else None
    for i, value in enumerate(components):
        if count is None or not value.ndim:
            raise invalid(f"Component {i} must have at least one dimension. Got shape {_shape(value.shape)}")
        shape = (count, *(value.shape[1:] if queue.shapes is None else queue.shapes[i]))
        if value.shape != shape:
            _check_shape(i, value.shape, shape)
    return list(zip(*[_own(v) for v in components]))


def _check_shape(i, shape, wanted):
    if len(shape) != len(wanted) or any(w is not None and w != d for d, w in zip(shape, wanted)):
        raise invalid(f"Shape mismatch in tuple component {i}. Expected {_shape(wanted)}, got {_shape(shape)}")


def batch(queue, take):
    """The components of the elements that `take()` gives, with a first dimension more; in a PaddingQueue filled up to one size.

    Raises InvalidArgumentError for a queue without shapes.
    """
    if queue.shapes is None:
        raise invalid(f"{queue.kind}'s DequeueMany and DequeueUpTo require the components to have specified shapes.")
    taken, out = take(), []
    for i, (t, shape) in enumerate(zip(queue.types, queue.shapes)):
        values = [e[i] for e in taken]
        if None in shape:
            out.append(_padded(values, t, shape))
        elif t is not dtypes.string and not shape:
            out.append(np.array(values, t.np))
        elif t is not dtypes.string and values:
            out.append(np.concatenate(values).reshape(len(values), *shape))
        else:
            made = np.empty((len(values), *shape), t.np)
            for k, v in enumerate(values):
                made[k, ...] = v  # without the dots an array without dimensions would become an element
            out.append(made)
    return out


def _padded(values, t, shape):
    sizes = [max((v.shape[d] for v in values), default=0) if size is None else size for d, size in enumerate(shape)]
    made = np.full((len(values), *sizes), b"", object) if t is dtypes.string else np.zeros((len(values), *sizes), t.np)
    for k, v in enumerate(values):
        made[(k, *(slice(0, d) for d in v.shape), ...)] = v
    return made
