"""The public names of `tf.contrib.tensor_forest`."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib.tensor_forest import data, forest, params

_PATHS = "contrib.tensor_forest.python.tensor_forest", "contrib.tensor_forest.tensor_forest"
_NAMES = {
    forest: "ForestVariables RandomForestDeviceAssigner RandomForestGraphs RandomTreeGraphs TreeVariables",
    params: "ForestHParams build_params_proto",
}

for file, names in _NAMES.items():
    for name in names.split():
        v1(getattr(file, name), *(f"{path}.{name}" for path in _PATHS))
v1(data.parse, "contrib.tensor_forest.python.ops.data_ops.ParseDataTensorOrDict")
