"""Deep `tensorflow.python…` paths that public code imports: each shows public names; no code lives there.

Which public name stands behind which name of a path was recorded from the real TensorFlow (`paths_v1.txt`, `paths_v2.txt`); `PATHS`
adds whole namespaces to look further in, for what the records cannot tell.
"""

import __future__

import collections
import functools
import pathlib
import types

_ROOT = ("",)
_OPS = ("", "math", "nn", "linalg", "random", "strings", "image", "sparse", "train", "initializers")
_RAW = ("raw_ops", *_OPS)

PATHS = {
    "contrib.framework.python.ops": ("contrib.framework", "contrib.slim"),
    "contrib.layers.python.layers.normalization": ("contrib.slim", "contrib.framework"),
    "contrib.layers.python.layers.regularizers": ("contrib.slim",),
    "contrib.losses.python.losses.loss_ops": ("contrib.losses", "contrib.framework"),
    "contrib.metrics.python.ops.metric_ops": ("contrib.metrics", "distributions"),
    "python": _ROOT,  # `from tensorflow.python import keras` and the like
    "python.client.session": _ROOT,
    "python.framework.constant_op": _ROOT,
    "python.framework.dtypes": ("dtypes", ""),
    "python.framework.errors": ("errors",),
    "python.framework.errors_impl": ("errors",),
    "python.framework.framework_lib": ("", "graph_util", "errors"),
    "python.framework.graph_util": ("graph_util",),
    "python.framework.ops": ("", "train"),
    "python.framework.random_seed": _ROOT,
    "python.framework.tensor_shape": _ROOT,
    "python.framework.tensor_util": ("", "contrib.util"),
    "python.framework.versions": ("version", ""),
    "python.ops.array_ops": _OPS,
    "python.ops.control_flow_grad": ("", "raw_ops", "python.ops.control_flow_ops"),
    "python.ops.control_flow_ops": _ROOT,
    "python.ops.control_flow_util": _ROOT,
    "python.ops.data_flow_ops": ("", "queue"),
    "python.ops.gen_array_ops": _RAW,
    "python.ops.gen_checkpoint_ops": _RAW,
    "python.ops.gen_control_flow_ops": _RAW,
    "python.ops.gen_data_flow_ops": _RAW,
    "python.ops.gen_image_ops": _RAW,
    "python.ops.gen_logging_ops": _RAW,
    "python.ops.gen_parsing_ops": _RAW,
    "python.ops.gen_io_ops": _RAW,
    "python.ops.gen_linalg_ops": _RAW,
    "python.ops.gen_math_ops": _RAW,
    "python.ops.gen_nn_ops": _RAW,
    "python.ops.gen_random_ops": _RAW,
    "python.ops.gen_sparse_ops": _RAW,
    "python.ops.gen_state_ops": _RAW,
    "python.ops.gen_string_ops": _RAW,
    "python.ops.gradients": _ROOT,
    "python.ops.gradients_impl": _ROOT,
    "python.ops.image_grad": _ROOT,
    "python.ops.image_ops": ("image", "", "raw_ops"),
    "python.ops.init_ops": ("", "initializers"),
    "python.ops.linalg_grad": _ROOT,
    "python.ops.math_ops": _OPS,
    "python.ops.metrics_impl": ("metrics",),
    "python.ops.nn": ("nn", ""),
    "python.ops.nn_impl": ("nn", ""),
    "python.ops.nn_ops": ("nn", ""),
    "python.ops.optional_grad": _ROOT,
    "python.ops.random_ops": ("", "random"),
    "python.ops.rnn": ("nn", "nn.rnn_cell"),
    "python.ops.rnn_cell": ("nn.rnn_cell",),
    "python.ops.sort_ops": _ROOT,
    "python.ops.sparse_ops": ("", "sparse"),
    "python.ops.standard_ops": _OPS,
    "python.ops.state_ops": _ROOT,
    "python.ops.string_ops": ("", "strings"),
    "python.ops.variable_scope": _ROOT,
    "python.ops.variables": _ROOT,
    "python.platform.app": ("app",),
    "python.platform.flags": ("flags",),
    "python.platform.gfile": ("gfile",),
    "python.platform.googletest": ("test",),
    "python.platform.test": ("test",),
    "python.platform.tf_logging": ("logging",),
    "python.summary.summary": ("summary",),
    "python.training.evaluation": ("train",),
    "python.training.moving_averages": ("train",),
    "python.training.saver": ("train",),
    "python.training.sync_replicas_optimizer": ("train",),
    "python.training.training": ("train",),
    "python.training.training_util": ("train",),
}

_LAYERS, _FRAMEWORK, _REV = "contrib.layers.python.layers", "contrib.framework.python.ops", "contrib.slim.rev_block_lib"
_OF_LAYERS = ["encoders", "feature_column_ops", "normalization", "optimizers", "regularizers", "rev_block_lib", "target_column"]
_OF_SLIM = ["evaluation", "learning", "model_analyzer", "queues", "summaries"]
_OF_DATA = ["data_decoder", "data_provider", "dataset", "dataset_data_provider", "prefetch_queue", "tfexample_decoder"]
_GRADIENTS = ["control_flow_grad", "image_grad", "linalg_grad", "optional_grad"]

# Modules of `contrib` that are files of TensorFlow under another path: those that the files of Slim import, and what these import.
FILES = {
    "contrib.layers.feature_column": f"{_LAYERS}.feature_column",
    "contrib.layers.summaries": f"{_LAYERS}.summaries",
    "contrib.losses.metric_learning": "contrib.losses.python.metric_learning",
    "contrib.slim.dataset_data_provider.parallel_reader": "contrib.slim.python.slim.data.parallel_reader",
    "contrib.slim.evaluation.evaluation": "contrib.training.python.training.evaluation",
    "contrib.slim.learning.sync_replicas_optimizer": "python.training.sync_replicas_optimizer",
    "contrib.slim.learning.sync_replicas_optimizer.optimizer": "python.training.optimizer",
    "contrib.slim.learning.sync_replicas_optimizer.optimizer.gradients": "python.ops.gradients",
    "contrib.slim.learning.training": "contrib.training.python.training.training",
    "contrib.slim.loss_ops": "contrib.losses.python.losses.loss_ops",
    "contrib.slim.metric_ops": "contrib.metrics.python.ops.metric_ops",
    "contrib.slim.metric_ops.metrics_impl": "python.ops.metrics_impl",
    "contrib.slim.summaries.nn": "python.ops.nn_impl",
    "contrib.slim.tfexample_decoder.image_ops": "python.ops.image_ops",
    **{f"contrib.slim.{name}": f"{_LAYERS}.{name}" for name in _OF_LAYERS},
    **{f"contrib.slim.{name}": f"contrib.slim.python.slim.{name}" for name in _OF_SLIM},
    **{f"contrib.slim.{name}": f"contrib.slim.python.slim.data.{name}" for name in _OF_DATA},
    f"{_REV}.contrib_framework_ops": _FRAMEWORK,
    f"{_REV}.contrib_framework_ops.checkpoint_ops": "python.training.checkpoint_ops",
    f"{_REV}.contrib_framework_ops.checkpoint_ops.gen_checkpoint_ops": "python.ops.gen_checkpoint_ops",
    f"{_REV}.contrib_framework_ops.prettyprint_ops": f"{_FRAMEWORK}.prettyprint_ops",
    f"{_REV}.contrib_framework_ops.script_ops": f"{_FRAMEWORK}.script_ops",
    f"{_REV}.contrib_framework_ops.sort_ops": "python.ops.sort_ops",
    f"{_REV}.gradients_impl": "python.ops.gradients_impl",
    **{f"{_REV}.gradients_impl.{name}": f"python.ops.{name}" for name in _GRADIENTS},
    f"{_REV}.gradients_impl.image_grad.gen_image_ops": "python.ops.gen_image_ops",
}

# What the Python 2 files of TensorFlow begin with, and so show.
FUTURE = {name: getattr(__future__, name) for name in ("absolute_import", "division", "print_function")}

# Where the decorators come from that any file may import, and so show.
TOOLS = ("python.util.deprecation", "python.util.tf_contextlib", "python.util.tf_export")

# Names of paths that are not public and stand for public ones.
NAMES = {
    "python.ops.rnn": {"rnn_cell_impl": "nn.rnn_cell"},
    "python.ops.variable_scope": {"_VariableScope": "VariableScope"},
    "python.platform.resource_loader": {"get_root_dir_with_all_resources": "resource_loader.get_root_dir_with_all_resources"},
    "python.util.nest": {"is_sequence": "nest.is_nested", "is_sequence_or_composite": "nest.is_nested"},
}

# Names that are not there yet, but that a library mentions when it is imported: it fails where it uses one, not as a whole.
LATER = {
    "python.ops.io_ops": ("ReaderBase",),
    "python.debug.wrappers.hooks": ("LocalCLIDebugHook", "TensorBoardDebugHook"),
}


@functools.cache
def later(path, name):
    """A class that stands for a name of `LATER`. Raises NotImplementedError when an object of it is made."""

    def refuse(self, *args, **kwargs):
        raise NotImplementedError(f"Mainstem does not have tensorflow.{path}.{name} yet.")

    return type(name, (), {"__init__": refuse, "__doc__": f"Stands for `tensorflow.{path}.{name}`."})


@functools.cache
def recorded(world):
    """What the release of a world has: a dict from path to {name: (its one world or None, public name)}."""
    found = {}
    for line in (pathlib.Path(__file__).parent / f"paths_{world}.txt").read_text().splitlines():
        path, _, tokens = line.partition(": ")
        if not line.startswith("#"):
            found[path] = dict(map(_token, tokens.split()))
    return found


def _token(text):
    text, _, only = text.partition("@")
    name, _, public = text.partition("=")
    return name, (f"v{only}" if only else None, public or name)


def shown(world, tables):
    """The deep paths as a world sees them: {path: {name: object}}, of its own release first. `tables`: the worlds' names.

    A file of TensorFlow's is there though none of its names are: a program that imports it fails only where it uses one of them.
    """
    other = next(w for w in tables if w != world)
    found = collections.defaultdict(dict)
    for release in (world, other):
        for path, names in recorded(release).items():
            if path.startswith("python."):
                found[path]
            for name, (only, public) in names.items():
                for table in (tables[only],) if only else (tables[world], tables[other]):
                    if public in table:
                        found[path].setdefault(name, table[public])
    for path, names in NAMES.items():
        for name, public in names.items():
            for table in (tables[world], tables[other]):
                if public in table:
                    found[path].setdefault(name, table[public])
    return found


def spaces(tables):
    """The namespaces to look further in: a dict from path to those of its namespaces that a world has."""
    there = {""}
    for name, thing in [row for table in tables.values() for row in table.items()]:
        parts = name.split(".") + isinstance(thing, types.ModuleType) * [""]
        there.update(".".join(parts[:n]) for n in range(1, len(parts)))
    keras = {f"python.{space}": (space,) for space in there if space.partition(".")[0] == "keras"}
    found = {path: tuple(s for s in sources if s in there) for path, sources in {**keras, **PATHS}.items()}
    return {path: sources for path, sources in found.items() if sources}
