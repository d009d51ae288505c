"""The public names of `tf.losses`, `tf.contrib.layers`, `tf.contrib.framework` and Slim, which shows the names of both again."""

from mainstem.api.deep import FUTURE
from mainstem.api.rows import v1
from mainstem.dialects.contrib import (
    arg_scope,
    collected,
    convolution,
    layers,
    normalization,
    regularizers,
    variables,
)
from mainstem.dialects.losses import losses
from mainstem.surface import contrib_initializers, initializers

_LAYERS = {
    layers: "fully_connected linear relu relu6 elu max_pool2d avg_pool2d max_pool3d avg_pool3d dropout flatten softmax "
    "one_hot_encoding bias_add repeat stack",
    convolution: "convolution convolution1d convolution2d convolution3d convolution2d_transpose convolution3d_transpose "
    "separable_convolution2d",
    normalization: "batch_norm layer_norm",
    regularizers: "l1_regularizer l2_regularizer l1_l2_regularizer sum_regularizer apply_regularization",
    contrib_initializers: "xavier_initializer xavier_initializer_conv2d variance_scaling_initializer",
}
_SHORT = {
    "conv1d": convolution.convolution1d,
    "conv2d": convolution.convolution2d,
    "conv3d": convolution.convolution3d,
    "conv2d_transpose": convolution.convolution2d_transpose,
    "conv3d_transpose": convolution.convolution3d_transpose,
    "separable_conv2d": convolution.separable_convolution2d,
}
_FRAMEWORK = {
    arg_scope: "add_arg_scope arg_scope arg_scope_func_key arg_scoped_arguments current_arg_scope has_arg_scope",
    variables: "add_model_variable filter_variables get_local_variables get_model_variables get_trainable_variables "
    "get_unique_variable get_variable_full_name get_variables get_variables_by_name get_variables_by_suffix "
    "get_variables_to_restore global_variable local_variable model_variable variable",
}
_UTILS = (
    "NamedOutputs append_tensor_alias channel_dimension collect_named_outputs constant_value convert_collection_to_dict "
    "gather_tensors_aliases get_tensor_aliases get_variable_collections last_dimension n_positive_integers smart_cond "
    "static_cond two_element_tuple"
)
_INITIALIZERS = {
    "zeros_initializer": initializers.Zeros,
    "ones_initializer": initializers.Ones,
    "constant_initializer": initializers.Constant,
    "random_uniform_initializer": initializers.RandomUniform,
    "random_normal_initializer": initializers.RandomNormal,
    "truncated_normal_initializer": initializers.TruncatedNormal,
}
_LOSSES = (
    "Reduction absolute_difference add_loss compute_weighted_loss cosine_distance get_losses get_regularization_loss "
    "get_regularization_losses get_total_loss hinge_loss huber_loss log_loss mean_pairwise_squared_error mean_squared_error "
    "sigmoid_cross_entropy softmax_cross_entropy sparse_softmax_cross_entropy"
)

for file, names in _LAYERS.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.layers.{name}", f"contrib.slim.{name}")
for name, layer in _SHORT.items():
    v1(layer, f"contrib.layers.{name}", f"contrib.slim.{name}", f"contrib.slim.layers.{name}")
for file, names in _FRAMEWORK.items():
    for name in names.split():
        if name != "arg_scope_func_key":
            v1(getattr(file, name), f"contrib.framework.{name}")
        v1(getattr(file, name), f"contrib.slim.{name}")
for name in _UTILS.split():
    v1(getattr(collected, name), f"contrib.layers.utils.{name}", f"contrib.slim.utils.{name}")
for name, made in _INITIALIZERS.items():
    v1(made, f"contrib.slim.init_ops.{name}")
for name, feature in FUTURE.items():
    v1(feature, f"contrib.slim.{name}")
for name in _LOSSES.split():
    v1(getattr(losses, name), f"losses.{name}")
