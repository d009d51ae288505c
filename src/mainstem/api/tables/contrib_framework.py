"""The public names of `tf.contrib.framework` beside argument scopes and lists of variables."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib import remapping, restoring, tensor_checks, variables
from mainstem.platform import internals
from mainstem.surface import check, convolutional_initializers, framework, sorting, sparse
from mainstem.train import global_step

_FRAMEWORK = {
    sorting: "argsort sort",
    check: "assert_same_float_dtype",
    framework: "is_tensor",
    sparse: "convert_to_tensor_or_sparse_tensor",
    restoring: "assign_from_checkpoint assign_from_checkpoint_fn assign_from_values assign_from_values_fn init_from_checkpoint "
    "list_variables load_checkpoint load_variable",
    remapping: "load_and_remap_matrix_initializer load_embedding_initializer load_linear_multiclass_bias_initializer "
    "load_variable_slot_initializer",
    tensor_checks: "assert_or_get_global_step assert_scalar assert_scalar_int get_graph_from_inputs get_name_scope "
    "get_placeholders prepend_name_scope py_func reduce_sum_n remove_squeezable_dimensions strip_name_scope with_same_shape "
    "with_shape zero_initializer",
    global_step: "assert_global_step create_global_step get_global_step get_or_create_global_step",
    internals: "deprecated deprecated_arg_values deprecated_args",
    variables: "VariableDeviceChooser",
}
_CONVOLUTIONAL = {
    "delta_orthogonal": convolutional_initializers.ConvolutionDeltaOrthogonal,
    "orthogonal_1d": convolutional_initializers.ConvolutionOrthogonal1D,
    "orthogonal_2d": convolutional_initializers.ConvolutionOrthogonal2D,
    "orthogonal_3d": convolutional_initializers.ConvolutionOrthogonal3D,
}
_OF_SLIM = (
    "VariableDeviceChooser assert_global_step assert_or_get_global_step assign_from_checkpoint assign_from_checkpoint_fn "
    "assign_from_values assign_from_values_fn create_global_step deprecated deprecated_arg_values get_global_step "
    "get_or_create_global_step zero_initializer"
)

for file, names in _FRAMEWORK.items():
    for name in names.split():
        if name not in ("get_global_step", "get_or_create_global_step"):  # in the table of training
            v1(getattr(file, name), f"contrib.framework.{name}")
        if name in _OF_SLIM.split():
            v1(getattr(file, name), f"contrib.slim.{name}")
for name, made in _CONVOLUTIONAL.items():
    v1(made, f"contrib.framework.convolutional_{name}")
v1(internals.make_all, "contrib.slim.make_all")
v1(tensor_checks.get_graph_from_inputs, "python.framework.ops._get_graph_from_inputs")
