"""Deep `tensorflow.python…` paths that public code imports: each shows names of public namespaces; no code lives there."""

import types

_OPS = ("", "math", "nn", "linalg", "random", "strings", "image", "sparse", "train", "initializers")

PATHS = {
    "python.framework.ops": ("", "train"),
    "python.framework.dtypes": ("dtypes", ""),
    "python.framework.constant_op": ("",),
    "python.framework.errors": ("errors",),
    "python.framework.errors_impl": ("errors",),
    "python.framework.tensor_shape": ("",),
    "python.framework.tensor_util": ("", "contrib.util"),
    "python.framework.random_seed": ("",),
    "python.framework.sparse_tensor": ("",),
    "python.framework.graph_util": ("graph_util",),
    "python.framework.importer": ("",),
    "python.client.session": ("",),
    "python.client.device_lib": ("python.client",),
    "python.ops.math_ops": _OPS,
    "python.ops.array_ops": _OPS,
    "python.ops.nn_ops": ("nn", ""),
    "python.ops.nn": ("nn", ""),
    "python.ops.nn_impl": ("nn", ""),
    "python.ops.random_ops": ("", "random"),
    "python.ops.init_ops": ("", "initializers"),
    "python.ops.variables": ("",),
    "python.ops.variable_scope": ("",),
    "python.ops.state_ops": ("",),
    "python.ops.control_flow_ops": ("",),
    "python.ops.data_flow_ops": ("",),
    "python.ops.clip_ops": ("",),
    "python.ops.check_ops": ("", "debugging"),
    "python.ops.linalg_ops": ("", "linalg"),
    "python.ops.embedding_ops": ("nn",),
    "python.ops.gradients_impl": ("",),
    "python.ops.gradients": ("",),
    "python.ops.image_ops": ("image",),
    "python.ops.io_ops": ("", "io"),
    "python.ops.parsing_ops": ("", "io"),
    "python.ops.sparse_ops": ("", "sparse"),
    "python.ops.string_ops": ("", "strings"),
    "python.ops.script_ops": ("",),
    "python.ops.logging_ops": ("", "summary"),
    "python.ops.partitioned_variables": ("",),
    "python.ops.gen_math_ops": ("raw_ops",),
    "python.ops.gen_array_ops": ("raw_ops",),
    "python.ops.gen_nn_ops": ("raw_ops",),
    "python.platform.gfile": ("gfile",),
    "python.platform.tf_logging": ("logging",),
    "python.platform.test": ("test",),
    "python.platform.flags": ("flags",),
    "python.platform.app": ("app",),
    "python.summary.summary": ("summary",),
    "python.training.training": ("train",),
    "python.training.saver": ("train",),
    "python.training.optimizer": ("train",),
    "python.training.adam": ("train",),
    "python.training.momentum": ("train",),
    "python.training.gradient_descent": ("train",),
    "python.training.moving_averages": ("train", "python.training.moving_averages_impl"),
    "python.training.training_util": ("train",),
    "python.training.checkpoint_management": ("train",),
    "python.training.learning_rate_decay": ("train",),
}

# Names that a deep path has under another name, or that lie outside its namespaces.
NAMES = {}


def paths(*tables):
    """The deep paths that have a namespace behind them, a dict from path to namespaces. `tables`: the worlds' dicts of names."""
    spaces = {""}
    for name, thing in [row for table in tables for row in table.items()]:
        parts = name.split(".") + isinstance(thing, types.ModuleType) * [""]
        spaces.update(".".join(parts[:n]) for n in range(1, len(parts)))
    found = {path: tuple(s for s in sources if s in spaces) for path, sources in PATHS.items()}
    return {path: sources for path, sources in found.items() if sources or path in NAMES}
