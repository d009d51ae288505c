"""Mainstem: TensorFlow programs of every dialect on one small core over JAX/XLA.

`import mainstem as tf` is TensorFlow 2's namespace, `import mainstem.v1 as tf` TensorFlow 1's. The folders beside this file are
the rooms that the system is made of; those called like a public namespace (`train`, `data`) are hidden behind it here.
"""

import importlib
import sys
import types

__version__ = "0.1.0"
_HIDDEN = frozenset(("train", "data"))


class _Package(types.ModuleType):
    """Keeps the import system from binding a room over the public namespace of the same name."""

    def __setattr__(self, name, value):
        if name in _HIDDEN and getattr(value, "__name__", None) == f"{self.__name__}.{name}":
            return
        super().__setattr__(name, value)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "compat":
        return importlib.import_module("mainstem.compat")
    if name == "to_jax":
        return importlib.import_module("mainstem.run.to_jax").to_jax
    if name == "model_summary":
        return importlib.import_module("mainstem.train.model_summary").model_summary
    value = getattr(importlib.import_module("mainstem.v2"), name)
    globals().setdefault(name, value)  # found at once the next time
    return value


def load_ipython_extension(shell):
    """What `%load_ext mainstem` calls: adds the magic `%tensorflow_version`."""
    importlib.import_module("mainstem.cli.jupyter").load(shell)


def __dir__():
    return sorted({*globals(), *dir(importlib.import_module("mainstem.v2"))})


sys.modules[__name__].__class__ = _Package
