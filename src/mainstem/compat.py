"""The doorway: makes `import tensorflow` mean Mainstem in this process, with the names of TensorFlow 1 or 2.

Nothing called `tensorflow` is installed as a package: an import hook answers for the name, and refuses when the real TensorFlow
is already here, since two runtimes in one process would be a mixture.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys

_WORLDS = ("v1", "v2")
_installed = None


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `tensorflow` and everything below it in Mainstem's namespaces."""

    def __init__(self, world):
        self.world = world

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "tensorflow" and not fullname.startswith("tensorflow."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        own = self.own_name(spec.name)
        try:
            return importlib.import_module(own)
        except ModuleNotFoundError as e:
            if e.name is None or not own.startswith(e.name):
                raise
            raise ModuleNotFoundError(
                f"No module named {spec.name!r}: this path of TensorFlow is not part of Mainstem", name=spec.name
            ) from None

    def exec_module(self, module):
        """The module is complete already; the import system only rebinds its name."""

    def own_name(self, fullname):
        """Mainstem's module for a path under `tensorflow`."""
        rest = fullname.split(".")[1:]
        world = self.world
        if rest[:2] in (["compat", "v1"], ["compat", "v2"]):
            world, rest = rest[1], rest[2:]
        return ".".join(["mainstem", world, *rest])


def install(world="v1"):
    """From now on `import tensorflow` gives Mainstem with TensorFlow 1's ("v1") or 2's ("v2") names; gives that module.

    Raises ValueError for another word, RuntimeError when the real TensorFlow, or the other world, is already imported.
    """
    global _installed
    if world not in _WORLDS:
        raise ValueError(f"install: 'world' must be 'v1' or 'v2'. Got {world!r}.")
    if _installed is not None:
        if _installed.world != world:
            raise RuntimeError(
                f"install: `tensorflow` already means mainstem.{_installed.world} in this process; start another for {world}."
            )
        return sys.modules["tensorflow"]
    real = sys.modules.get("tensorflow")
    if real is not None:
        raise RuntimeError(
            f"install: the real TensorFlow is already imported in this process ({getattr(real, '__file__', 'unknown place')}). "
            "Install Mainstem's alias before anything imports tensorflow, or use `import mainstem.v1 as tf`."
        )
    module = importlib.import_module(f"mainstem.{world}")
    _installed = _Finder(world)
    sys.meta_path.insert(0, _installed)
    sys.modules["tensorflow"] = module
    return module


def __getattr__(name):
    if name in _WORLDS:
        return importlib.import_module(f"mainstem.{name}")
    return getattr(importlib.import_module("mainstem.v2.compat"), name)
