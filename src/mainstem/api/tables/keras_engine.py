"""The public names of the engine of `tf.keras`: models, their training, callbacks, files, and `keras.backend`."""

from mainstem.api.rows import v1
from mainstem.dialects.keras import (
    backend,
    backend_flow,
    backend_math,
    callback_files,
    callbacks,
    crossentropies,
    input_layer,
    layer,
    loop,
    models,
    network,
    progress,
    saving,
    sequential,
    topology,
    training,
)
from mainstem.surface.framework import name_scope

v1(network.VERSION, "keras.__version__", "python.keras.__version__")
v1(input_layer.Input, "keras.Input", "keras.layers.Input")
v1(training.Model, "keras.Model", "keras.models.Model")
v1(sequential.Sequential, "keras.Sequential", "keras.models.Sequential")
v1(layer.Layer, "keras.layers.Layer")
v1(input_layer.InputLayer, "keras.layers.InputLayer")
v1(layer.InputSpec, "keras.layers.InputSpec")

# models and their files
v1(models.clone_model, "keras.models.clone_model")
for _name in ("load_model", "model_from_config", "model_from_json", "model_from_yaml", "save_model"):
    v1(getattr(saving, _name), f"keras.models.{_name}")
v1(saving.model_from_config, "python.keras.saving.model_config.model_from_config")
v1(saving.model_from_json, "python.keras.saving.model_config.model_from_json")

# files of TensorFlow that programs reach into
v1(layer.Layer, "python.keras.engine.base_layer.Layer", "python.keras.engine.Layer")
v1(layer.InputSpec, "python.keras.engine.base_layer.InputSpec", "python.keras.engine.input_spec.InputSpec")
v1(layer.InputSpec, "python.keras.engine.InputSpec")
v1(input_layer.Input, "python.keras.engine.input_layer.Input", "python.keras.engine.Input")
v1(input_layer.InputLayer, "python.keras.engine.input_layer.InputLayer", "python.keras.engine.InputLayer")
v1(network.Network, "python.keras.engine.network.Network", "python.keras.engine.Network")
v1(training.Model, "python.keras.engine.training.Model", "python.keras.engine.Model")
v1(sequential.Sequential, "python.keras.engine.sequential.Sequential", "python.keras.engine.Sequential")
v1(topology.get_source_inputs, "keras.utils.get_source_inputs", "python.keras.engine.network.get_source_inputs")
v1(topology.get_source_inputs, "python.keras.utils.layer_utils.get_source_inputs")

# callbacks
for _name in (
    "BaseLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
):
    v1(getattr(callbacks, _name), f"keras.callbacks.{_name}")
v1(callbacks.CallbackList, "python.keras.callbacks.CallbackList")
for _name in ("CSVLogger", "ModelCheckpoint", "RemoteMonitor", "TensorBoard"):
    v1(getattr(callback_files, _name), f"keras.callbacks.{_name}")
v1(progress.Progbar, "keras.utils.Progbar", "python.keras.utils.generic_utils.Progbar")

# backend
_STATE = ["backend", "batch_get_value", "batch_set_value", "clear_session", "epsilon", "floatx", "get_session", "get_uid"]
_STATE += ["get_value", "image_data_format", "learning_phase", "learning_phase_scope", "manual_variable_initialization"]
_STATE += ["reset_uids", "set_epsilon", "set_floatx", "set_image_data_format", "set_learning_phase", "set_session", "set_value"]
for _name in _STATE:
    v1(getattr(backend, _name), f"keras.backend.{_name}")
_MATH = (
    "all any arange argmax argmin batch_dot batch_flatten batch_normalization bias_add cast cast_to_floatx "
    "concatenate constant count_params cumprod cumsum dot dropout dtype elu eval expand_dims eye flatten gather "
    "hard_sigmoid in_top_k int_shape is_sparse l2_normalize max mean min moving_average_update ndim "
    "normalize_batch_in_training one_hot ones ones_like permute_dimensions placeholder pow prod random_binomial "
    "random_normal random_normal_variable random_uniform random_uniform_variable relu repeat repeat_elements "
    "reshape reverse shape softmax sqrt squeeze stack std sum tile to_dense transpose truncated_normal "
    "update update_add update_sub var variable zeros zeros_like"
)
_FLOW = "foldl foldr function gradients in_test_phase in_train_phase map_fn print_tensor stop_gradient switch"
for _file, _names in ((backend_math, _MATH), (backend_flow, _FLOW)):
    for _name in _names.split():
        v1(getattr(_file, _name), f"keras.backend.{_name}")
for _name, _function in (backend_math.UNARY | backend_math.BINARY).items():
    v1(_function, f"keras.backend.{_name}")
for _name in ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"):
    v1(getattr(crossentropies, _name), f"keras.backend.{_name}")
v1(backend_math.clip_, "keras.backend.clip")
v1(name_scope, "keras.backend.name_scope")
v1(loop.rnn, "keras.backend.rnn")
v1(backend_math.is_keras_tensor, "python.keras.backend.is_keras_tensor")
v1(backend.unique_object_name, "python.keras.backend.unique_object_name")
v1(backend.get_graph, "python.keras.backend.get_graph")
v1(backend.track_variable, "python.keras.backend.track_variable")
v1(backend.symbolic_learning_phase, "python.keras.backend.symbolic_learning_phase")
