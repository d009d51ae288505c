"""The public names of `tf.layers`."""

from mainstem.api.rows import v1
from mainstem.dialects.layers import base as layers_base
from mainstem.dialects.layers import convolution, normalization, pooling, separable, style, transposed
from mainstem.dialects.layers import core as layers_core

# layers
v1(layers_base.Layer, "layers.Layer")
v1(layers_base.InputSpec, "layers.InputSpec")
for _file, _names in [
    (layers_core, ["Dense", "Dropout", "Flatten", "dense", "dropout", "flatten"]),
    (convolution, ["Conv1D", "Conv2D", "Conv3D", "conv1d", "conv2d", "conv3d"]),
    (separable, ["SeparableConv1D", "SeparableConv2D", "separable_conv1d", "separable_conv2d"]),
    (transposed, ["Conv2DTranspose", "Conv3DTranspose", "conv2d_transpose", "conv3d_transpose"]),
    (pooling, ["MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"]),
    (
        pooling,
        ["max_pooling1d", "max_pooling2d", "max_pooling3d", "average_pooling1d", "average_pooling2d", "average_pooling3d"],
    ),
    (normalization, ["BatchNormalization", "batch_normalization"]),
]:
    for _name in _names:
        v1(getattr(_file, _name), f"layers.{_name}")
v1(style.keras_style_scope, "layers.experimental.keras_style_scope")
v1(style.set_keras_style, "layers.experimental.set_keras_style")
