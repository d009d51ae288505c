"""Connectionist temporal classification: `ctc_loss` of sparse or dense labels, the greedy and the beam search decoder."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import array as array_ops
from mainstem.ops import ctc as ops
from mainstem.ops import index
from mainstem.ops import math as math_ops
from mainstem.surface import array, math
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope


def ctc_loss_v1(
    labels, inputs=None, sequence_length=None, preprocess_collapse_repeated=False, ctc_merge_repeated=True,
    ignore_longer_outputs_than_inputs=False, time_major=True, logits=None,
):  # fmt: skip
    """The CTC loss of each sequence, [batch].

    Args:
        labels: int32 SparseTensor: values of row b are its labels.
        inputs: logits [time, batch, classes]; the last class is the blank. `logits` is its other name.
        sequence_length: int32 [batch].
        preprocess_collapse_repeated: merge repeated labels first.
        ctc_merge_repeated: merge repeated classes of a path (False: they stay, a variant of the loss).
        ignore_longer_outputs_than_inputs: labels that do not fit give infinity; here they always do.
        time_major: False: `inputs` is [batch, time, classes].
        logits: see `inputs`.

    Raises TypeError unless `labels` is sparse.
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    inputs = inputs if inputs is not None else logits
    if not time_major:
        inputs = array.transpose_v1(inputs, [1, 0, 2])
    return ops.ctc_loss(
        inputs, labels.indices, labels.values, sequence_length, preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated, ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )[0]  # fmt: skip


def _blank_last(logits, blank_index):
    """`logits` with class `blank_index` moved to the end."""
    classes = shapes.as_tuple(logits.shape)[2]
    if classes is None:
        raise ValueError("ctc_loss needs logits with a known number of classes.")
    if blank_index < 0:
        blank_index += classes
    if blank_index == classes - 1:
        return logits, blank_index
    return array.concat(
        [logits[:, :, :blank_index], logits[:, :, blank_index + 1 :], logits[:, :, blank_index : blank_index + 1]], 2
    ), blank_index


def ctc_loss(labels, logits, label_length, logit_length, logits_time_major=True, unique=None, blank_index=None, name=None):
    """The CTC loss of each sequence, [batch].

    Args:
        labels: SparseTensor, or dense [batch, n] filled up to `label_length`.
        logits: [time, batch, classes], or batch first when not `logits_time_major`.
        label_length: [batch]; None when `labels` is sparse.
        logit_length: [batch].
        unique: no effect.
        blank_index: the class of the blank; default 0 for dense labels, must be given for sparse ones; negative from the end.
        name: of the scope.

    Raises ValueError when `blank_index` is missing.
    """
    sparse = isinstance(labels, SparseTensor)
    if sparse and blank_index is None:
        raise ValueError("blank_index must be given when using SparseTensor labels.")
    with name_scope(name, "ctc_loss_dense" if not sparse else "ctc_loss", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        if not logits_time_major:
            logits = array.transpose_v1(logits, [1, 0, 2])
        logits, blank = _blank_last(logits, 0 if blank_index is None else blank_index)
        lengths = math.cast(convert_to_tensor(logit_length), dtypes.int32)
        places, values = (labels.indices, labels.values) if sparse else _grid(labels, label_length)
        values = math.cast(values, dtypes.int32)
        # classes behind the blank moved down by one
        behind = math.cast(math_ops.greater(values, constant_v1(blank, dtypes.int32)), dtypes.int32)
        return ops.ctc_loss(logits, places, values - behind, lengths)[0]


def _grid(labels, label_length):
    """Indices and values of all entries of dense labels; those behind a row's length are put where the loss drops them."""
    labels = convert_to_tensor(labels, name="labels")
    shape = shapes.as_tuple(labels.shape)
    if shape is None or None in shape:
        raise ValueError(f"ctc_loss needs dense labels of known shape. Got {labels.shape}.")
    batch, most = shape
    rows, places = np.meshgrid(np.arange(batch, dtype=np.int64), np.arange(most, dtype=np.int64), indexing="ij")
    lengths = array_ops.expand_dims(math.cast(convert_to_tensor(label_length), dtypes.int64), 1)
    inside = math_ops.less(convert_to_tensor(places), lengths)
    column = index.select(
        inside, convert_to_tensor(places), convert_to_tensor(np.full(shape, np.iinfo(np.int32).max, np.int64))
    )
    pairs = array.stack([convert_to_tensor(rows), column], axis=2)
    return array_ops.reshape(pairs, [-1, 2]), array_ops.reshape(labels, [-1])


def ctc_greedy_decoder(inputs, sequence_length, merge_repeated=True, blank_index=None):
    """([SparseTensor of the best labels], minus the sum of their logits [batch, 1]) of `inputs` [time, batch, classes]."""
    more = {} if blank_index is None else {"blank_index": blank_index}
    places, values, shape, score = ops.ctc_greedy_decoder(inputs, sequence_length, merge_repeated=merge_repeated, **more)
    return [SparseTensor(places, values, shape)], score


def ctc_beam_search_decoder_v1(inputs, sequence_length, beam_width=100, top_paths=1, merge_repeated=True):
    """(list of `top_paths` SparseTensors, log probabilities [batch, top_paths]) of `inputs` [time, batch, classes].

    `merge_repeated` merges repeated labels of the results (once more than the decoding itself does).
    """
    places, values, shape, score = ops.ctc_beam_search_decoder(
        inputs, sequence_length, beam_width=beam_width, top_paths=top_paths, merge_repeated=merge_repeated
    )
    return [SparseTensor(*parts) for parts in zip(places, values, shape, strict=True)], score


def ctc_beam_search_decoder(inputs, sequence_length, beam_width=100, top_paths=1):
    """(list of `top_paths` SparseTensors, log probabilities [batch, top_paths]) of `inputs` [time, batch, classes]."""
    return ctc_beam_search_decoder_v1(inputs, sequence_length, beam_width, top_paths, False)
