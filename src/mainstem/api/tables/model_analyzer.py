"""The public names of `tf.contrib.slim.model_analyzer`."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib import model_analyzer

for _name in ("analyze_ops", "analyze_vars", "tensor_description"):
    _thing = getattr(model_analyzer, _name)
    v1(_thing, f"contrib.slim.model_analyzer.{_name}", f"contrib.slim.python.slim.model_analyzer.{_name}")
