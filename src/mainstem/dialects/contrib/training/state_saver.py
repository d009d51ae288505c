"""Truncated backpropagation through sequences of any length: segments of `num_unroll` steps, each with the state its last one left.

A barrier holds the segments of the sequences that are under way. A segment can be taken when it has all its parts; its state is the
part that comes last, from `save_state` of the segment before.
"""

from mainstem.base import dtypes, errors, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import array, host, index, masking, math, queues, random, reduce, slicing, string
from mainstem.surface.framework import control_dependencies, convert_to_tensor, group, identity, name_scope
from mainstem.surface.staging import Barrier
from mainstem.train import queue_runner, summary

_PARTS = ("length", "total_length", "next_key", "sequence", "sequence_count")  # of every segment, before the user's own
_TOKEN = 0


class NextQueuedSequenceBatch:
    """A batch of segments, made by `SequenceQueueingStateSaver`; `save_state` must run in every step, for every state."""

    def __init__(self, state_saver):
        self._saver, self._read = state_saver, state_saver._read

    total_length = property(lambda self: self._read["total_length"], doc="The lengths of the whole sequences, int32 [batch].")
    length = property(lambda self: self._read["length"], doc="How many steps of the segments are no padding, int32 [batch].")
    insertion_index = property(lambda self: self._read["index"], doc="Numbers in the order in which the segments came, int64.")
    key = property(lambda self: self._read["key"], doc='Keys as "00001_of_00003:own", strings [batch].')
    next_key = property(lambda self: self._read["next_key"], doc='The keys of the following segments, "STOP:own" for the last.')
    sequence = property(lambda self: self._read["sequence"], doc="The segments' numbers in their sequences, int32 [batch].")
    sequence_count = property(lambda self: self._read["sequence_count"], doc="Of how many segments the sequences are, int32.")
    batch_size = property(lambda self: self._saver._read_size, doc="How many segments there are, int32.")
    context = property(lambda self: self._saver._read_context, doc="A dict of what the sequences have once, [batch, …].")
    sequences = property(lambda self: self._saver._read_sequences, doc="A dict of the steps, [batch, num_unroll, …].")

    def state(self, state_name):
        """The state of this name that the segments begin with, [batch, …]. Raises KeyError for one that was not declared."""
        return self._saver._read_states[state_name]

    def save_state(self, state_name, value, name=None):
        """An operation that gives `value` [batch, …] to the segments that follow. Raises KeyError for an undeclared name."""
        saver = self._saver
        if state_name not in saver._read_states:
            raise KeyError(f"state was not declared: {state_name}")
        with name_scope(name, "InputQueueingStateSaver_SaveState", [value]):
            value = convert_to_tensor(value)
            value = _held(value, array.shape(saver._read_states[state_name]), f"state {state_name}")
            goes_on = array.reshape(masking.where(math.logical_not(saver._done)), [-1])
            keys, kept = (index.gather_v1(t, goes_on) for t in (self.next_key, value))
            return saver._barrier.insert_many(
                saver._place["state", state_name], keys, kept, name=f"BarrierInsertState_{state_name}"
            )


def _held(value, shape, what):
    """`value`, checked in the run to have this shape."""
    same = reduce.reduce_all(math.equal(array.shape(value), shape))
    with control_dependencies(
        [host.assert_op(same, [f"Shape of {what} should be: ", shape, ", shape received: ", array.shape(value)])]
    ):
        return identity(value)


def _named(given, what):
    """A dict of tensors by name, sorted. Raises TypeError and ValueError for what is none."""
    if not isinstance(given, dict):
        raise TypeError(f"{what} must be a dict. Got {type(given)}.")
    for key, value in given.items():
        if not isinstance(key, str):
            raise TypeError(f"{what} key must be string: {key!r}")
        if ":" in key:
            raise ValueError(f"{what} key may not have a colon: '{key}'")
        if isinstance(value, SparseTensor):
            raise NotImplementedError(
                f"SparseTensors ({what} '{key}') in SequenceQueueingStateSaver; use tf.sparse.to_dense before it."
            )
    return {k: convert_to_tensor(given[k], name=f"{what}_{k}") for k in sorted(given)}


def _known(tensors, what, first=0):
    for key, t in tensors.items():
        if t.shape.ndims is None or not t.shape[first:].is_fully_defined():
            rest = " (ignoring first dimension)" * bool(first)
            raise ValueError(f"Shape for {what} {key} is not fully defined{rest}: {t.shape}")


class SequenceQueueingStateSaver:
    """Cuts sequences into segments and gives them out in batches, each when its state is there.

    Args:
        batch_size: how many segments a batch has, an int or int32 scalar.
        num_unroll: how many steps a segment has, an int.
        input_length: the length of the sequence, an int32 scalar; at most that of the tensors, which are padded.
        input_key: a string scalar, one of its own for every sequence under way.
        input_sequences: a dict of tensors [padded length, …]; the length must be a multiple of `num_unroll`.
        input_context: a dict of tensors that belong to the whole sequence.
        initial_states: a dict of tensors: the states at the beginning.
        capacity: how many sequences may be under way; None: as many as come.
        allow_small_batch: whether the last batches may be smaller.

    Run `prefetch_op` over and over, in a queue runner, and take `next_batch`. Raises ValueError and TypeError for arguments that do not
    fit, InvalidArgumentError in a run for wrong lengths.
    """

    def __init__(
        self, batch_size, num_unroll, input_length, input_key, input_sequences, input_context, initial_states, capacity=None,
        allow_small_batch=False, name=None,
    ):  # fmt: skip
        if capacity is not None and not hasattr(batch_size, "op") and capacity < batch_size:
            raise ValueError(f"capacity {capacity} needs to be >= batch_size {batch_size}")
        if not isinstance(initial_states, dict):
            raise TypeError("initial_states must be a dictionary")
        if not initial_states:
            raise ValueError("initial_states may not be empty: without a state, segments need not wait for each other")
        self._under_way = queues.FIFOQueue(-1 if capacity is None else capacity, [dtypes.int32], [[]])
        self._batch_size, self._num_unroll, self._allow_small_batch = batch_size, num_unroll, allow_small_batch
        self._prefetch_op = self._next_batch = None
        with name_scope(name, "InputQueueingStateSaver", [input_length, input_key]) as scope:
            self._name = scope
            self._sequences = _named(input_sequences, "sequence")
            if not self._sequences:
                raise ValueError("must have at least one sequence tensor")
            self._context, self._states = _named(input_context, "context"), _named(initial_states, "state")
            for tensors, what, first in (
                (self._sequences, "sequence", 1),
                (self._context, "context", 0),
                (self._states, "state", 0),
            ):
                _known(tensors, what, first)
            self._key, self._length = convert_to_tensor(input_key), convert_to_tensor(input_length)
            for t, kind, what in ((self._length, dtypes.int32, "length"), (self._key, dtypes.string, "key")):
                if t.dtype.base_dtype is not kind:
                    raise TypeError(f"{what} dtype must be {kind.name}, but received: {t.dtype}")
                t.shape.assert_is_compatible_with([])
            self._check_lengths()
            self._make_barrier()

    def _check_lengths(self):
        first, *others = self._sequences.values()
        padded = array.shape(first)[0]
        whole = math.logical_and(math.equal(padded % self._num_unroll, 0), math.not_equal(padded, 0))
        checks = [
            host.assert_op(
                whole,
                [
                    f"Length of {first.name} should be a multiple of: {self._num_unroll}, but is ",
                    padded,
                    "; consider pad=True.",
                ],
            )
        ]
        checks += [
            host.assert_op(math.equal(array.shape(t)[0], padded), [f"Length of {t.name} is not ", padded]) for t in others
        ]
        fits = math.less_equal(self._length, padded)
        checks.append(
            host.assert_op(fits, ["Input length should be <= than length from sequences:", self._length, " vs. ", padded])
        )
        with control_dependencies(checks):
            self._padded, self._length = identity(padded, name="padded_length"), identity(self._length)

    def _make_barrier(self):
        own = [("sequence", self._sequences, 1), ("context", self._context, 0), ("state", self._states, 0)]
        self._place = {part: i for i, part in enumerate(_PARTS)}
        types, sizes = [dtypes.string if part == "next_key" else dtypes.int32 for part in _PARTS], [[] for _ in _PARTS]
        for what, tensors, cut in own:
            for key, t in tensors.items():
                self._place[what, key] = len(types)
                types.append(t.dtype.base_dtype)
                sizes.append([self._num_unroll] * cut + t.shape.as_list()[cut:])
        self._barrier = Barrier(types, sizes)

    name = property(lambda self: self._name, doc="The scope of the operations.")
    barrier = property(lambda self: self._barrier, doc="The barrier that holds the segments.")
    batch_size = property(lambda self: self._batch_size)
    num_unroll = property(lambda self: self._num_unroll)

    @property
    def prefetch_op(self):
        """The operation that takes in one sequence."""
        if self._prefetch_op is None:
            with name_scope(self._name):
                self._prefetch_op = self._prefetch()
        return self._prefetch_op

    @property
    def next_batch(self):
        """The next batch of segments, a `NextQueuedSequenceBatch`; every use is the same batch of a run."""
        if self._next_batch is None:
            assert self.prefetch_op is not None
            with name_scope(self._name):
                self._take()
            self._next_batch = NextQueuedSequenceBatch(self)
        return self._next_batch

    def close(self, cancel_pending_enqueues=False, name=None):
        """An operation after which no new sequences come; segments of those under way still do."""
        with name_scope(name, "SQSSClose") as scope:
            closed = self._barrier.close(cancel_pending_enqueues, "BarrierClose")
            return group(closed, self._under_way.close(cancel_pending_enqueues, "FIFOClose"), name=scope)

    def _prefetch(self):
        count = self._padded // self._num_unroll
        numbers, ones = array.range(count), array.ones(array.expand_dims(count, 0), dtypes.int32)
        shown = [string.as_string(n, width=5, fill="0") for n in (numbers, count)]
        keys = string.join([shown[0], "_of_", shown[1], ":", self._key], name="StringJoinCurrentKeys")
        stop = array.expand_dims(string.join(["STOP:", self._key], name="StringJoinStop"), 0)
        left = math.maximum(0, self._length - self._num_unroll * numbers)
        parts = {
            "length": math.minimum(self._num_unroll, left),
            "total_length": self._length * ones,
            "next_key": array.concat([slicing.slice_(keys, [1], [-1]), stop], 0),
            "sequence": numbers,
            "sequence_count": count * ones,
        }
        for key, t in self._sequences.items():
            parts["sequence", key] = array.reshape(t, array.stack([count, self._num_unroll, *t.shape.as_list()[1:]]))
        for key, t in self._context.items():
            parts["context", key] = array.tile(array.expand_dims(t, 0), array.stack([count, *[1] * t.shape.ndims]))
        known = {}
        for part, value in parts.items():
            name = "BarrierInsert_" + (part if isinstance(part, str) else "_".join(part))
            known[part] = self._barrier.insert_many(self._place[part], keys, value, name=name)
        room = self._under_way.enqueue((_TOKEN,))
        with control_dependencies([known["sequence"], room]):
            begun = [
                self._barrier.insert_many(
                    self._place["state", key], array.stack([keys[0]]), array.stack([t]), name=f"BarrierInitialInsertState_{key}"
                )
                for key, t in self._states.items()
            ]
        return group(room, *known.values(), *begun, name="StateSaverPrefetchGroup")

    def _take(self):
        numbers, keys, values = self._barrier.take_many(self._batch_size, self._allow_small_batch, name="BarrierTakeMany")
        self._read = {"index": numbers, "key": keys, **{part: values[self._place[part]] for part in _PARTS}}
        self._read_context = {k: values[self._place["context", k]] for k in self._context}
        self._read_sequences = {k: values[self._place["sequence", k]] for k in self._sequences}
        self._read_size = array.squeeze_v1(array.shape(self._read["length"]))
        self._done = math.greater_equal(self._read["sequence"] + 1, self._read["sequence_count"])
        ended = self._under_way.dequeue_many(reduce.reduce_sum(math.cast(self._done, dtypes.int32)))
        with control_dependencies([ended]):
            self._read_states = {k: identity(values[self._place["state", k]]) for k in self._states}


def batch_sequences_with_states(
    input_key, input_sequences, input_context, input_length, initial_states, num_unroll, batch_size, num_threads=3, capacity=1000,
    allow_small_batch=True, pad=True, make_keys_unique=False, make_keys_unique_seed=None, name=None,
):  # fmt: skip
    """Batches of segments of sequences, with the state that the segment before saved: a `NextQueuedSequenceBatch`; a queue runner fills it.

    Args:
        input_key, input_sequences, input_context, initial_states, num_unroll, batch_size: as of `SequenceQueueingStateSaver`.
        input_length: the length of the sequence; None takes that of the tensors.
        num_threads: how many threads take sequences in.
        capacity: how many sequences may be under way.
        allow_small_batch: whether the last batches may be smaller.
        pad: whether sequences are filled up with zeros to a multiple of `num_unroll`.
        make_keys_unique, make_keys_unique_seed: append a random number to keys.
    """
    with name_scope(name, "batch_sequences_with_states", [input_key]):
        if pad:
            length, input_sequences = _padded(_named(input_sequences, "sequence"), num_unroll)
            input_length = length if input_length is None else input_length
        if make_keys_unique:
            drawn = random.random_uniform([], 0, 100000000, dtypes.int32, seed=make_keys_unique_seed)
            input_key = string.join([input_key, string.as_string(drawn)])
        saver = SequenceQueueingStateSaver(
            batch_size,
            num_unroll,
            input_length,
            input_key,
            input_sequences,
            input_context,
            initial_states,
            capacity,
            allow_small_batch,
        )
        ready = math.cast(saver.barrier.ready_size(), dtypes.float32)
        summary.scalar(f"queue/{saver.barrier.name}/ready_segment_batches_", ready)
        ends = (errors.OutOfRangeError, errors.CancelledError)
        runner = queue_runner.QueueRunner(saver, [saver.prefetch_op] * num_threads, queue_closed_exception_types=ends)
        queue_runner.add_queue_runner(runner)
        return saver.next_batch


def _padded(sequences, num_unroll):
    """The length of the sequences, and they filled up with zeros or empty strings to a multiple of `num_unroll`."""
    if not isinstance(num_unroll, int):
        raise ValueError(f"Unsupported num_unroll expected int, got: {num_unroll}")
    lengths = [array.shape(t)[0] for t in sequences.values()]
    same = [
        host.assert_op(math.equal(n, lengths[0]), ["All sequence lengths must match, but received lengths: ", *lengths])
        for n in lengths
    ]
    with control_dependencies(same):
        length = identity(lengths[0])
    more = -length % num_unroll
    filled = {}
    for key, t in sequences.items():
        empty = "" if t.dtype.base_dtype is dtypes.string else 0
        shape = array.concat([array.expand_dims(more, 0), array.shape(t)[1:]], 0)
        filled[key] = array.concat([t, array.fill(shape, convert_to_tensor(empty, t.dtype.base_dtype))], 0)
        filled[key].set_shape([None, *(shapes.as_tuple(t.shape) or ())[1:]])
    return length, filled
