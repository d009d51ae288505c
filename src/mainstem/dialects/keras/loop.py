"""A step function over time: `keras.backend.rnn`, one loop that compiles to a scan."""

from mainstem.base import dtypes, nest
from mainstem.eager.context import executing_eagerly
from mainstem.ops import array as array_ops
from mainstem.ops import math as math_ops
from mainstem.surface import array
from mainstem.surface.framework import constant_v1, convert_to_tensor
from mainstem.surface.masking import where_v1
from mainstem.surface.tensor_array import TensorArray
from mainstem.surface.while_loop import while_loop_v1


def exchanged(x):
    """A tensor with its first two axes exchanged."""
    return array.transpose_v1(x, [1, 0, *range(2, x.shape.ndims)])


def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
):
    """Runs `step_function` over time; gives (last output, outputs, last states).

    Args:
        step_function: of the inputs [batch, …] of one step and the states and constants, one list; gives (output, states).
        inputs: [batch, time, …], or nested such tensors.
        initial_states: a list of (nested) tensors.
        go_backwards: from the last step to the first; outputs stay in that order.
        mask: bool [batch, time]; where it does not hold, states stay and the last output is repeated.
        constants: a list, handed to every step after the states.
        unroll: one copy of the step for each time instead of a loop; the number of steps must be known.
        input_length: accepted; the inputs tell.
        time_major: inputs, mask and outputs are [time, batch, …].
        zero_output_for_mask: masked steps give zeros instead.

    Raises ValueError to unroll an unknown number of steps.
    """
    made = over_time(
        step_function, inputs, initial_states, go_backwards, mask, constants, unroll, time_major, zero_output_for_mask
    )
    last, outputs, states = made
    return last, nest.map_structure(lambda x: x if time_major else exchanged(x), outputs), states


def over_time(step, inputs, states, backwards, mask, constants, unroll, time_major, zeros, all_outputs=True):
    """See `rnn`; outputs are time-major, and None unless `all_outputs`."""
    flat = [convert_to_tensor(x) for x in nest.flatten(inputs)]
    flat = flat if time_major else [exchanged(x) for x in flat]
    if mask is not None:
        mask = math_ops.cast(convert_to_tensor(mask), DstT=dtypes.bool)
        mask = array.squeeze_v1(mask, [-1]) if mask.shape.ndims == 3 else mask
        mask = mask if time_major else exchanged(mask)
    if backwards:
        flat = [array_ops.reverse_v2(x, [0]) for x in flat]
        mask = None if mask is None else array_ops.reverse_v2(mask, [0])
    run = _Run(step, inputs, list(states), list(constants or ()), flat, mask, zeros)
    if unroll or executing_eagerly():
        if run.known is None:
            raise ValueError("Unrolling requires a fixed number of timesteps.")
        return run.unrolled(all_outputs)
    return run.looped(all_outputs)


class _Run:
    """One run over time-major tensors `flat`, which have the structure of `inputs`."""

    def __init__(self, step, inputs, states, constants, flat, mask, zeros):
        self.step, self.inputs, self.states, self.constants = step, inputs, states, constants
        self.flat, self.mask, self.zeros = flat, mask, zeros
        self.known = flat[0].shape.as_list()[0]
        self.count = array.shape(flat[0])[0] if self.known is None else self.known

    def once(self, now, states):
        """(flat output, flat states, output as the step gave it) of one step."""
        given = nest.pack_sequence_as(self.states, states)
        output, after = self.step(nest.pack_sequence_as(self.inputs, now), [*given, *self.constants])
        return nest.flatten(output), nest.flatten(list(after) if isinstance(after, (list, tuple)) else [after]), output

    def masked(self, counts, before, output, states, after):
        """Outputs and states of a step, those of before where it does not count."""
        before = [array.zeros_like_v1(o) for o in output] if self.zeros or before is None else before
        output = [where_v1(counts, new, old) for new, old in zip(output, before)]
        return output, [where_v1(counts, new, old) for new, old in zip(after, states)]

    def unrolled(self, all_outputs):
        steps = list(zip(*(array.unstack(x, num=self.known) for x in self.flat)))
        masks = [None] * len(steps) if self.mask is None else array.unstack(self.mask, num=self.known)
        states, last, outputs, shown = nest.flatten(self.states), None, [], None
        for now, counts in zip(steps, masks):
            output, after, shown = self.once(list(now), states)
            if counts is not None:
                output, after = self.masked(counts, last, output, states, after)
            states, last = after, output
            outputs.append(output)
        stacked = [array.stack(list(o)) for o in zip(*outputs)] if all_outputs else None
        return self.packed(shown, last, stacked, states)

    def packed(self, shown, last, outputs, states):
        outputs = outputs if outputs is None else nest.pack_sequence_as(shown, outputs)
        return nest.pack_sequence_as(shown, last), outputs, nest.pack_sequence_as(self.states, states)

    def looped(self, all_outputs):
        states = [convert_to_tensor(s) for s in nest.flatten(self.states)]
        first, after, shown = self.once([x[0] for x in self.flat], states)  # shows the outputs' shapes; nothing of it runs
        for s, a in zip(states, after):
            if s.shape.as_list() != a.shape.as_list() and not s._is_eager:
                s.set_shape(a.shape)
        sources = [self._source(x) for x in self.flat] + ([] if self.mask is None else [self._source(self.mask)])
        carried = self.mask is not None and not self.zeros or not all_outputs
        last = [array.zeros_like_v1(o) for o in first] if carried else []
        results = []
        if all_outputs:
            results = [TensorArray(o.dtype.base_dtype, self.count, element_shape=o.shape) for o in first]

        def body(time, results, last, states):
            now = [a.read(time) for a in sources]
            output, after, _ = self.once(now[: len(self.flat)], states)
            if self.mask is not None:
                output, after = self.masked(now[-1], last or None, output, states, after)
            results = [a.write(time, o) for a, o in zip(results, output)]
            return time + 1, results, output if carried else [], after

        _, results, last, states = while_loop_v1(
            lambda time, *_: time < self.count,
            body,
            (constant_v1(0, dtypes.int32, name="time"), results, last, states),
            parallel_iterations=32,
            maximum_iterations=self.count,
        )
        outputs = [self._stacked(a, o) for a, o in zip(results, first)] if all_outputs else None
        last = last if carried else [o[-1] for o in outputs]
        return self.packed(shown, last, outputs, states)

    def _source(self, x):
        return TensorArray(x.dtype.base_dtype, self.count, element_shape=x.shape.as_list()[1:]).unstack(x)

    def _stacked(self, results, output):
        made = results.stack()
        made.set_shape([self.known, *output.shape.as_list()])
        return made
