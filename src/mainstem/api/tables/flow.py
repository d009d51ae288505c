"""The public names of control flow, variables, scopes, callbacks."""

from mainstem.api.rows import both, v1, v2
from mainstem.surface import (
    autograph_builtins,  # noqa: F401 - gives AutoGraph its operators
    control_flow,
    framework,
    host,
    loops,
    module,
    order,
    template,
    tensor_array,
    variable_scope,
    variables,
    while_loop,
)

# mainstem.surface.control_flow
both(control_flow.case, "case")
v2(control_flow.cond, "cond")
v1(control_flow.cond_v1, "cond")
v1(control_flow.smart_case, "contrib.framework.smart_case")
v1(control_flow.smart_cond, "contrib.framework.smart_cond")
v1(control_flow.smart_constant_value, "contrib.framework.smart_constant_value")
both(control_flow.switch_case, "switch_case")

# mainstem.surface.loops
both(loops.foldl, "foldl")
both(loops.foldr, "foldr")
both(loops.map_fn, "map_fn")
both(loops.scan, "scan")
both(loops.vectorized_map, "vectorized_map")

# mainstem.surface.order
v2(order.tuple, "tuple")
v1(order.tuple_v1, "tuple")

# mainstem.surface.tensor_array
both(tensor_array.TensorArray, "TensorArray")
both(tensor_array.TensorArraySpec, "TensorArraySpec")

# mainstem.surface.while_loop
v2(while_loop.while_loop, "while_loop")
v1(while_loop.while_loop_v1, "while_loop")

# mainstem.surface.framework
v1(framework.add_to_collection, "add_to_collection")
v1(framework.add_to_collections, "add_to_collections")
v1(framework.colocate_with, "colocate_with")
v2(framework.constant, "constant")
v1(framework.constant_v1, "constant")
both(framework.control_dependencies, "control_dependencies")
v2(framework.convert_to_tensor, "convert_to_tensor")
v1(framework.convert_to_tensor_v1, "convert_to_tensor")
v2(framework.device, "device")
v1(framework.device_v1, "device")
v1(framework.get_collection, "get_collection")
v1(framework.get_collection_ref, "get_collection_ref")
both(framework.group, "group")
both(framework.identity, "identity")
both(framework.is_tensor, "is_tensor")
v1(framework.name_scope, "name_scope")
v2(framework.name_scope_v2, "name_scope")
both(framework.no_op, "no_op")
v1(framework.placeholder, "placeholder")
v1(framework.placeholder_with_default, "placeholder_with_default")
both(framework.stop_gradient, "stop_gradient")

# mainstem.surface.host
both(host.assert_op, "Assert", "debugging.Assert")
both(host.load_library, "load_library")
both(host.load_op_library, "load_op_library")
both(host.matching_files, "io.matching_files")
v1(host.matching_files, "matching_files")
v2(host.numpy_function, "numpy_function")
v1(host.numpy_function_v1, "numpy_function")
v1(host.print_v1, "Print")
v2(host.print_v2, "print")
v1(host.py_func, "py_func")
both(host.py_function, "py_function")
both(host.read_file, "io.read_file")
v1(host.read_file, "read_file")
both(host.timestamp, "timestamp")
both(host.write_file, "io.write_file")
v1(host.write_file, "write_file")

# mainstem.surface.module
both(module.Module, "Module")

# mainstem.surface.template
v1(template.make_template, "make_template")

# mainstem.surface.variable_scope
v1(variable_scope.AUTO_REUSE, "AUTO_REUSE")
v1(variable_scope.disable_resource_variables, "disable_resource_variables")
v1(variable_scope.enable_resource_variables, "enable_resource_variables")
v1(variable_scope.get_local_variable, "get_local_variable")
v1(variable_scope.get_variable, "get_variable")
v1(variable_scope.no_regularizer, "no_regularizer")
v1(variable_scope.resource_variables_enabled, "resource_variables_enabled")
v2(variable_scope.variable_creator_scope, "variable_creator_scope")
v1(variable_scope.variable_creator_scope_v1, "variable_creator_scope")
v1(variable_scope.variable_op_scope, "variable_op_scope")
v1(variable_scope.variable_scope, "variable_scope")

# mainstem.surface.variables
v1(variables.Variable, "Variable")
v2(variables.VariableV2, "Variable")
v1(variables.all_variables, "all_variables")
v1(variables.assert_variables_initialized, "assert_variables_initialized")
v1(variables.assign, "assign")
v1(variables.assign_add, "assign_add")
v1(variables.assign_sub, "assign_sub")
v1(variables.batch_scatter_update, "batch_scatter_update")
v1(variables.count_up_to, "count_up_to")
v1(variables.create_partitioned_variables, "create_partitioned_variables")
v1(variables.global_variables, "global_variables")
v1(variables.global_variables_initializer, "global_variables_initializer", "initializers.global_variables")
v1(variables.initialize_all_variables, "initialize_all_variables")
v1(variables.initialize_local_variables, "initialize_local_variables")
v1(variables.initialize_variables, "initialize_variables")
v1(variables.is_variable_initialized, "is_variable_initialized")
v1(variables.local_variables, "local_variables")
v1(variables.local_variables_initializer, "local_variables_initializer", "initializers.local_variables")
v1(variables.model_variables, "model_variables")
v1(variables.moving_average_variables, "moving_average_variables")
v1(variables.report_uninitialized_variables, "report_uninitialized_variables")
v1(variables.scatter_add, "scatter_add")
v1(variables.scatter_div, "scatter_div")
v1(variables.scatter_max, "scatter_max")
v1(variables.scatter_min, "scatter_min")
v1(variables.scatter_mul, "scatter_mul")
v1(variables.scatter_nd_add, "scatter_nd_add")
v1(variables.scatter_nd_sub, "scatter_nd_sub")
v1(variables.scatter_nd_update, "scatter_nd_update")
v1(variables.scatter_sub, "scatter_sub")
v1(variables.scatter_update, "scatter_update")
v1(variables.trainable_variables, "trainable_variables")
v1(variables.variables_initializer, "variables_initializer", "initializers.variables")
v1(host.print_v2, "print")
both(host.format_strings, "strings.format")

# graph mode's later additions
both(framework.init_scope, "init_scope")
v1(framework.container, "container")
v1(framework.tables_initializer, "tables_initializer", "initialize_all_tables", "initializers.tables_initializer")
both(framework.make_ndarray, "make_ndarray")
both(framework.make_tensor_proto, "make_tensor_proto")
