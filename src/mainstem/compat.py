"""The doorway: makes `import tensorflow` mean Mainstem in this process, with the names of TensorFlow 1 or 2.

Nothing called `tensorflow` is installed as a package: an import hook answers for the name, and refuses when the real TensorFlow
is already here, since two runtimes in one process would be a mixture.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import sys

from mainstem.api import names

_WORLDS = ("v1", "v2")
_PACKAGES = ("tensorflow", "tensorflow_core")  # 1.15 keeps its code in the second
_installed = None


class _Finder(importlib.metadata.DistributionFinder, importlib.abc.Loader):
    """Finds `tensorflow` and everything below it in Mainstem's namespaces. `world` may be a function that decides at first use."""

    def __init__(self, world):
        self.world, self.specs = world, {}

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "tensorflow" and not fullname.startswith("tensorflow."):
            return None
        own = self.own_name(fullname)
        if fullname != "tensorflow" and _module(own) is None:
            if not names.importing():
                return None
            rest = fullname.partition(".")[2]
            text = f"No module named {fullname!r}: {names.explain(own.split('.')[1], rest)}"
            raise ModuleNotFoundError(text, name=fullname)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        module = importlib.import_module(self.own_name(spec.name))
        if spec.name == "tensorflow":
            importlib.import_module("mainstem.graph.graph").Graph.counts_seeds = self.world == "v2"
        self.specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module):
        """The module is complete already; it only gets back its own spec, which the import system has replaced."""
        module.__spec__ = self.specs.pop(module.__spec__.name)

    def own_name(self, fullname):
        """Mainstem's module for a path under `tensorflow`."""
        if callable(self.world):
            self.world = self.world()
        rest = fullname.split(".")[1:]
        world = self.world
        while rest[:2] in (["compat", "v1"], ["compat", "v2"]):
            world, rest = rest[1], rest[2:]
        return ".".join(["mainstem", world, *rest])

    def find_distributions(self, context=None):
        """Answers `importlib.metadata.version("tensorflow")`, by which programs choose their world; lists of packages stay true."""
        if context is not None and context.name == "tensorflow":
            yield _Distribution(importlib.import_module(self.own_name("tensorflow")).__version__)


class _Distribution(importlib.metadata.Distribution):
    """What package metadata tells of the TensorFlow that Mainstem stands for."""

    def __init__(self, version):
        self._text = (
            f"Metadata-Version: 2.1\nName: tensorflow\nVersion: {version}\nSummary: Mainstem, under TensorFlow's name\n"
        )

    def read_text(self, filename):
        return self._text if filename == "METADATA" else None

    def locate_file(self, path):
        raise NotImplementedError(f"locate_file: {path!r}: Mainstem's `tensorflow` has no files of its own.")


def _module(own):
    """A module of Mainstem's namespaces, or None."""
    try:
        return importlib.import_module(own)
    except ModuleNotFoundError as e:
        absent = str(e.name)
        if not (own == absent or own.startswith(absent + ".") or absent.startswith("tensorflow.")):
            raise  # something else is missing
        return None


def real():
    """The real TensorFlow's modules in this process: a dict from name to module, empty when it was not imported."""
    held = {n: m for n, m in list(sys.modules.items()) if m is not None and n.partition(".")[0] in _PACKAGES}
    return {n: m for n, m in held.items() if not getattr(m, "__name__", "").startswith("mainstem.")}


def refuse_the_real_one(what="install"):
    """Raises RuntimeError when the real TensorFlow, or a part of it, is in this process. `what` starts the message."""
    held = real()
    if held:
        first = min(held, key=lambda n: (n.count("."), n))
        raise RuntimeError(
            f"{what}: the real TensorFlow is already imported in this process ({first} from "
            f"{getattr(held[first], '__file__', None) or 'an unknown place'}). Two runtimes would be a mixture. Start a new process and "
            "install Mainstem's alias before anything imports tensorflow, or use `import mainstem.v1 as tf`."
        )


def current():
    """The world that `tensorflow` means in this process, "v1" or "v2"; None before `install`, or while it is undecided."""
    return None if _installed is None or callable(_installed.world) else _installed.world


def reserve(world):
    """From now on `import tensorflow` will give Mainstem; nothing is loaded before. `world`: "v1", "v2" or a function giving one.

    May be called again with another world until `tensorflow` is imported. Raises as `install` does.
    """
    global _installed
    if not callable(world) and world not in _WORLDS:
        raise ValueError(f"install: 'world' must be 'v1' or 'v2'. Got {world!r}.")
    if _installed is not None:
        if "tensorflow" not in sys.modules:
            _installed.world = world
        elif _installed.world != world and not callable(world):
            raise RuntimeError(
                f"install: `tensorflow` already means mainstem.{_installed.world} in this process; start another for {world}."
            )
    refuse_the_real_one()
    if _installed is None:
        _installed = _Finder(world)
        sys.meta_path.insert(0, _installed)


def install(world="v1"):
    """From now on `import tensorflow` gives Mainstem with TensorFlow 1's ("v1") or 2's ("v2") names; gives that module.

    Raises ValueError for another word, RuntimeError when the real TensorFlow, or the other world, is already imported.
    """
    reserve(world)
    return importlib.import_module("tensorflow")


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if _installed is None:  # reached as `mainstem.compat.v1`: the use of TensorFlow 2's namespace decides the mode
        importlib.import_module("mainstem.v2")
    if name in _WORLDS:
        return importlib.import_module(f"mainstem.{name}")
    return getattr(importlib.import_module("mainstem.v2.compat"), name)
