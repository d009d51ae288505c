"""Connectionist temporal classification: loss on the device, decoders on the host (Graves et al., ICML 2006).

The blank is the last class. Inputs are logits [time, batch, classes].
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, errors
from mainstem.core.registry import op

WIDE = frozenset({dtypes.float32, dtypes.float64})
UNREACHED = -1e30  # finite, so that gradients of sums of unreached states are 0 and not NaN


def _dense_labels(indices, values, batch, steps, blank):
    """(labels [batch, L] filled with `blank`, lengths [batch]); longer rows are cut just above what `steps` can emit."""
    most = min(indices.shape[0], steps + 1)
    row, place = indices[:, 0], indices[:, 1]
    labels = jnp.full((batch, most), blank, jnp.int32).at[row, place].set(values, mode="drop")
    lengths = (
        jnp.zeros((batch,), jnp.int32).at[row].add((place < jnp.asarray(most, place.dtype)).astype(jnp.int32), mode="drop")
    )
    return labels, lengths


def _collapsed(labels, lengths, blank):
    """Labels without immediate repetitions."""
    places = lax.broadcasted_iota(jnp.int32, labels.shape, 1)
    before = jnp.concatenate([jnp.full_like(labels[:, :1], -1), labels[:, :-1]], 1)
    keep = (labels != before) & (places < lengths[:, None])
    target = jnp.where(keep, jnp.cumsum(keep.astype(jnp.int32), 1, dtype=jnp.int32) - jnp.int32(1), jnp.int32(labels.shape[1]))
    rows = lax.broadcasted_iota(jnp.int32, labels.shape, 0)
    packed = jnp.full_like(labels, blank).at[rows, target].set(labels, mode="drop")
    return packed, jnp.sum(keep.astype(jnp.int32), 1, dtype=jnp.int32)


def _shifted(alpha, by):
    return jnp.pad(alpha, ((0, 0), (by, 0)), constant_values=UNREACHED)[:, : alpha.shape[1]]


def _losses(inputs, labels, lengths, sequence_length, merge):
    """-log of the sum of the probabilities of all paths, a row: the forward recursion over the labels with blanks between."""
    steps, batch, classes = inputs.shape
    blank, kind = classes - 1, inputs.dtype
    logp = inputs - jax.scipy.special.logsumexp(inputs, -1, keepdims=True)
    states = 2 * labels.shape[1] + 1
    path = jnp.full((batch, states), blank, jnp.int32).at[:, 1::2].set(labels)
    own = path != jnp.int32(blank)
    twice = jnp.pad(path, ((0, 0), (2, 0)), constant_values=-1)[:, :states]
    may_skip = own & ((path != twice) if merge else True) & (twice != jnp.int32(-1))
    emitted = jnp.take_along_axis(logp, jnp.broadcast_to(path[None], (steps, batch, states)), 2)
    low = jnp.asarray(UNREACHED, kind)
    start = jnp.where(lax.broadcasted_iota(jnp.int32, (batch, states), 1) < jnp.int32(2), emitted[0], low)

    def step(alpha, now):
        t, emit = now
        stay = alpha if merge else jnp.where(own, low, alpha)
        total = jnp.logaddexp(jnp.logaddexp(stay, _shifted(alpha, 1)), jnp.where(may_skip, _shifted(alpha, 2), low))
        return jnp.where((t < sequence_length)[:, None], total + emit, alpha), None

    times = lax.iota(sequence_length.dtype, steps)
    alpha, _ = lax.scan(step, start, (times[1:], emitted[1:]))
    last = 2 * lengths
    end = jnp.take_along_axis(alpha, last[:, None], 1)[:, 0]
    label_end = jnp.take_along_axis(alpha, jnp.maximum(last - jnp.int32(1), jnp.int32(0))[:, None], 1)[:, 0]
    return -jnp.logaddexp(end, jnp.where(lengths > jnp.int32(0), label_end, low))


def _loss_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is not None and len(shape) != 3:
        raise ValueError(f"Shape must be rank 3 but is rank {len(shape)}")
    return [(None if shape is None else shape[1],), (None,) * 3 if shape is None else shape]


@op("CTCLoss", "T, int64, int32, int32 -> loss:T, gradient:T", T=WIDE, shape=_loss_shape)
def ctc_loss(
    inputs, labels_indices, labels_values, sequence_length, *, preprocess_collapse_repeated=False, ctc_merge_repeated=True,
    ignore_longer_outputs_than_inputs=False, T: "type" = dtypes.float32,
):  # fmt: skip
    """The CTC loss [batch] of sparse labels [batch, n], and its gradient [time, batch, classes].

    Labels that do not fit into their sequence give infinity and the softmax as gradient, as in TensorFlow with
    `ignore_longer_outputs_than_inputs`; without it TensorFlow raises, which a compiled program cannot.
    """
    steps, batch, classes = inputs.shape
    labels, lengths = _dense_labels(labels_indices, labels_values, batch, steps, classes - 1)
    if preprocess_collapse_repeated and labels.shape[1]:
        labels, lengths = _collapsed(labels, lengths, classes - 1)

    def run(x):
        loss = _losses(x, labels, lengths, sequence_length, ctc_merge_repeated)
        fits = loss < jnp.asarray(-UNREACHED / 2, loss.dtype)
        return jnp.sum(jnp.where(fits, loss, jnp.asarray(0, loss.dtype))), (loss, fits)

    gradient, (loss, fits) = jax.grad(run, has_aux=True)(inputs)
    within = (lax.iota(sequence_length.dtype, steps)[:, None] < sequence_length)[:, :, None]
    missed = jnp.where(within, jax.nn.softmax(inputs, -1), jnp.asarray(0, inputs.dtype))
    gradient = jnp.where(fits[:, None], gradient, missed)
    return jnp.where(fits, loss, jnp.asarray(jnp.inf, loss.dtype)), gradient


@ctc_loss.vjp
def _ctc_loss_vjp(inputs, outputs, grads, **attrs):
    dy = grads[0]
    return None if dy is None else dy[None, :, None] * outputs[1], None, None, None


def _sparse_rows(rows):
    """(indices, values, shape) of lists of labels, as a sparse matrix."""
    indices = [(b, i) for b, row in enumerate(rows) for i in range(len(row))]
    values = [v for row in rows for v in row]
    shape = (len(rows), max((len(r) for r in rows), default=0))
    return np.array(indices, np.int64).reshape(-1, 2), np.array(values, np.int64), np.array(shape, np.int64)


def _check_lengths(inputs, sequence_length):
    if sequence_length.shape != (inputs.shape[1],):
        raise errors.InvalidArgumentError(None, None, "len(sequence_length) != batch_size")
    if (sequence_length > inputs.shape[0]).any():
        raise errors.InvalidArgumentError(None, None, f"sequence_length has entries over the time dimension {inputs.shape[0]}")


def _decoded_shapes(count):
    def rule(inputs, attrs):
        n = count(attrs)
        batch = None if inputs[0].shape is None else inputs[0].shape[1]
        return [(None, 2)] * n + [(None,)] * n + [(2,)] * n + [(batch, n)]

    return rule


_GREEDY = "T, int32 -> decoded_indices:int64, decoded_values:int64, decoded_shape:int64, log_probability:T"


@op("CTCGreedyDecoder", _GREEDY, T=WIDE, host=True, differentiable=False, shape=_decoded_shapes(lambda attrs: 1))
def ctc_greedy_decoder(inputs, sequence_length, *, merge_repeated=False, blank_index=-1, T: "type" = dtypes.float32):
    """The best class of each step without blanks, as a sparse matrix, and minus the sum of their logits [batch, 1]."""
    _check_lengths(inputs, sequence_length)
    classes = inputs.shape[2]
    blank = blank_index if blank_index >= 0 else classes + blank_index
    best, rows = inputs.argmax(2), []
    score = np.zeros((inputs.shape[1], 1), inputs.dtype)
    for b, n in enumerate(sequence_length.tolist()):
        previous, row = -1, []
        for t, c in enumerate(best[:n, b].tolist()):
            score[b, 0] -= inputs[t, b, c]
            if c != blank and not (merge_repeated and c == previous):
                row.append(c)
            previous = c
        rows.append(row)
    return (*_sparse_rows(rows), score)


def _beam_search(logp, width):
    """The best prefixes of one sequence [time, classes], [(log probability, labels)], best first: prefix beam search."""
    blank = logp.shape[1] - 1
    low = -np.inf
    beams = {(): (0.0, low)}  # prefix: log probability of ending in a blank, of ending in its last label
    for row in logp:
        found = {}

        def add(prefix, ends_blank, ends_label, found=found):
            b, n = found.get(prefix, (low, low))
            found[prefix] = (np.logaddexp(b, ends_blank), np.logaddexp(n, ends_label))

        for prefix, (b, n) in beams.items():
            total = np.logaddexp(b, n)
            add(prefix, total + row[blank], n + row[prefix[-1]] if prefix else low)
            for c in range(blank):
                add((*prefix, c), low, (b if prefix and prefix[-1] == c else total) + row[c])
        ranked = sorted(found.items(), key=lambda item: -np.logaddexp(*item[1]))
        beams = dict(ranked[:width])
    return [(float(np.logaddexp(*v)), list(k)) for k, v in beams.items()]


_BEAM = (
    "T, int32 -> decoded_indices:top_paths * int64, decoded_values:top_paths * int64, decoded_shape:top_paths * int64,"
    " log_probability:T"
)


@op("CTCBeamSearchDecoder", _BEAM, T=WIDE, host=True, differentiable=False,
    shape=_decoded_shapes(lambda attrs: attrs["top_paths"]))  # fmt: skip
def ctc_beam_search_decoder(
    inputs, sequence_length, *, beam_width: "int", top_paths: "int", merge_repeated=True, T: "type" = dtypes.float32
):
    """The `top_paths` likeliest label sequences, as sparse matrices, and their log probabilities [batch, top_paths]."""
    _check_lengths(inputs, sequence_length)
    if top_paths > beam_width:
        raise errors.InvalidArgumentError(None, None, f"requested more paths than the beam width: {top_paths} > {beam_width}")
    wide = inputs.astype(np.float64)
    logp = wide - np.log(np.exp(wide - wide.max(2, keepdims=True)).sum(2, keepdims=True)) - wide.max(2, keepdims=True)
    paths = [[] for _ in range(top_paths)]
    score = np.zeros((inputs.shape[1], top_paths), inputs.dtype)
    for b, n in enumerate(sequence_length.tolist()):
        best = _beam_search(logp[:n, b], beam_width)
        if len(best) < top_paths:
            raise errors.InvalidArgumentError(None, None, "Less leaves in the beam search than requested.")
        for k in range(top_paths):
            score[b, k], labels = best[k]
            if merge_repeated:
                labels = [c for i, c in enumerate(labels) if i == 0 or c != labels[i - 1]]
            paths[k].append(labels)
    indices, values, shape = zip(*map(_sparse_rows, paths), strict=True)
    return list(indices), list(values), list(shape), score
