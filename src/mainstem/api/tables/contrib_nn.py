"""The public names of `tf.contrib.nn`."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib import nn
from mainstem.surface import conv
from mainstem.surface import nn as functions

_NAMES = (
    "alpha_dropout deprecated_flipped_sigmoid_cross_entropy_with_logits deprecated_flipped_softmax_cross_entropy_with_logits "
    "deprecated_flipped_sparse_softmax_cross_entropy_with_logits rank_sampled_softmax_loss sampled_sparse_softmax_loss "
    "scaled_softplus"
)
for _name in _NAMES.split():
    v1(getattr(nn, _name), f"contrib.nn.{_name}")
v1(conv.conv1d_transpose, "contrib.nn.conv1d_transpose")
v1(functions.nth_element, "contrib.nn.nth_element")
