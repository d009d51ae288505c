"""The public names of `tf.contrib.layers` beside the common layers, and Slim's names for them."""

from mainstem.api.rows import both, v1
from mainstem.dialects.contrib import (
    convolution,
    divisive,
    encoders,
    group_norm,
    legacy,
    optimizers,
    reshaping,
    reversible,
    summaries,
)
from mainstem.ops import reduce as reduce_ops

_LAYERS = {
    convolution: "convolution2d_in_plane",
    divisive: "GDN gdn",
    encoders: "bow_encoder embed_sequence embedding_lookup_unique safe_embedding_lookup_sparse",
    group_norm: "group_norm instance_norm",
    legacy: "legacy_fully_connected legacy_linear legacy_relu",
    optimizers: "OPTIMIZER_CLS_NAMES OPTIMIZER_SUMMARIES optimize_loss",
    reshaping: "dense_to_sparse images_to_sequence maxout scale_gradient sequence_to_images spatial_softmax unit_norm",
    reversible: "RevBlock recompute_grad rev_block",
    summaries: "summarize_activation summarize_activations summarize_collection summarize_tensor summarize_tensors",
}
_OF_SLIM = {
    encoders: "embedding_lookup_sparse_with_distributed_aggregation",
    optimizers: "adaptive_clipping_fn",
    reshaping: "pool",
    summaries: "summarize_biases summarize_variables summarize_weights",
}

for file, names in _LAYERS.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.layers.{name}", f"contrib.slim.{name}")
for file, names in _OF_SLIM.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.slim.{name}")
v1(convolution.convolution2d_in_plane, "contrib.layers.conv2d_in_plane", "contrib.slim.conv2d_in_plane")
for name in ("bow_encoder", "embed_sequence"):
    v1(getattr(encoders, name), f"contrib.slim.encoders.{name}", f"contrib.layers.encoders.{name}")
for name in ("RevBlock", "recompute_grad", "rev_block"):
    v1(getattr(reversible, name), f"contrib.slim.rev_block_lib.{name}", f"contrib.layers.python.layers.rev_block_lib.{name}")
for name in ["OPTIMIZER_CLS_NAMES", "OPTIMIZER_SUMMARIES", "adaptive_clipping_fn", "optimize_loss"]:
    v1(getattr(optimizers, name), f"contrib.slim.optimizers.{name}", f"contrib.layers.python.layers.optimizers.{name}")
both(reduce_ops.bucketize, "python.ops.math_ops._bucketize")
