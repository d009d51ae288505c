"""Modules from the table: `mainstem.v1.nn` and the like, real modules that `import` finds."""

import importlib
import sys
import types

from mainstem.api import deep, rows


def fill(root, world):
    """Fills the module `root` ("mainstem.v1") with the names of a world, making its submodules."""
    importlib.import_module("mainstem.api.table")
    names = rows.WORLDS[world]
    spaces = sorted({name.rpartition(".")[0] for name in names if "." in name} | set(deep.PATHS) | {"compat"})
    for space in spaces:
        _module(root, space)
    for name, obj in names.items():
        space, _, last = name.rpartition(".")
        setattr(_module(root, space), last, obj)
    for path, sources in deep.PATHS.items():
        _deep(root, path, sources)
    _module(root, "compat").__getattr__ = _world_of
    for space in spaces:
        module = _module(root, space)
        if not hasattr(module, "__all__"):
            module.__all__ = [n for n in vars(module) if not n.startswith("_")]


def _world_of(name):
    """`tf.compat.v1` and `tf.compat.v2`, loaded when asked for."""
    if name in rows.WORLDS:
        return importlib.import_module(f"mainstem.{name}")
    raise AttributeError(f"module 'tensorflow.compat' has no attribute {name!r}")


def _module(root, space):
    """The module of a namespace, with its parents, made on first use."""
    if not space:
        return sys.modules[root]
    full = f"{root}.{space}"
    module = sys.modules.get(full)
    if module is None:
        parent, _, last = space.rpartition(".")
        module = types.ModuleType(full, f"The namespace `tf.{space}`.")
        module.__path__ = []
        module.__spec__ = importlib.machinery.ModuleSpec(full, None, is_package=True)
        sys.modules[full] = module
        holder = _module(root, parent)
        if last not in vars(holder):
            setattr(holder, last, module)
    return module


def _deep(root, path, sources):
    """A deep path such as `tensorflow.python.ops.math_ops`: looks names up in public namespaces."""
    module = _module(root, path)
    spaces = [_module(root, s) for s in sources]

    def find(name):
        for s in spaces:
            if name in vars(s):
                return vars(s)[name]
        raise AttributeError(f"module 'tensorflow.{path}' has no attribute {name!r} in Mainstem")

    module.__getattr__ = find
