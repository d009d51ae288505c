"""Modules from the table: `mainstem.v1.nn` and the like, real modules that `import` finds."""

import functools
import importlib
import importlib.abc
import importlib.machinery
import sys
import threading
import types

from mainstem.api import deep, names, rows, tables
from mainstem.core.registry import REGISTRY
from mainstem.ops import dataset
from mainstem.surface import raw

_FILLED = {}  # root -> its world
_LOCK = threading.RLock()
_state = {"complete": False}


def fill(root, world):
    """Fills the module `root` ("mainstem.v1") with the names of a world that most programs need, making its submodules.

    The others come when one of them is first asked for; see `complete`.
    """
    with _LOCK:
        tables.everything() if _state["complete"] else tables.early()
        _FILLED[root] = world
        _place(root, world)
        if not any(isinstance(finder, _Absent) for finder in sys.meta_path):
            sys.meta_path.append(_Absent())


def complete():
    """Brings every name there is into the namespaces that are in use; gives False when they are all there already."""
    if _state["complete"]:
        return False
    with _LOCK:
        if _state["complete"]:
            return False
        tables.everything()
        _state["complete"] = True
        for root, world in _FILLED.items():
            _place(root, world)
    return True


dataset.bring_by(complete)


def _place(root, world):
    """Makes the modules of a world and sets the names that the table holds by now."""
    table = rows.WORLDS[world]
    for space in sorted({name.rpartition(".")[0] for name in table if "." in name} | {"compat"}):
        _module(root, space)
    for name, obj in table.items():
        space, _, last = name.rpartition(".")
        setattr(_module(root, space), last, obj)
        if isinstance(obj, types.ModuleType):
            sys.modules[f"{root}.{name}"] = obj  # `import tensorflow.flags`
    if _state["complete"]:
        shown, spaces = deep.shown(world, rows.WORLDS), deep.spaces(rows.WORLDS)
        for path in sorted({*shown, *spaces, *deep.LATER, *deep.FILES.values()}):
            _deep(root, path, shown.get(path, {}), spaces.get(path, ()))
        shows = {path: _module(root, path) for path in sorted(deep.FILES)}  # all of them before any shows another's names
        for path, module in shows.items():
            _alias(module, _module(root, deep.FILES[path]))
    for full, module in list(sys.modules.items()):
        if (full == root or full.startswith(root + ".")) and module.__name__ == full:
            _finish(module, world, full[len(root) + 1 :])


def _finish(module, world, space):
    """Gives a namespace its list of names and its answer for names that it lacks."""

    def missing(name):
        if space == "compat" and name in rows.WORLDS:
            return importlib.import_module(f"mainstem.{name}")  # `tf.compat.v1` and `tf.compat.v2`, loaded when asked for
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        if complete() and name in vars(module):
            return vars(module)[name]
        raise names.MissingName(world, f"{space}.{name}" if space else name)

    def listed():
        complete()
        return sorted(vars(module))

    if _state["complete"] and "__all__" not in vars(module):
        module.__all__ = [n for n in vars(module) if not n.startswith("_")]
    if "__getattr__" not in vars(module):
        module.__getattr__, module.__dir__ = missing, listed


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


def _deep(root, path, shown, sources):
    """A deep path such as `tensorflow.python.ops.math_ops`: has what was recorded, looks other names up in public namespaces.

    TensorFlow's files hold the names of both worlds, so the own world is only asked first.
    """
    module = _module(root, path)
    for name, obj in shown.items():
        vars(module).setdefault(name, obj)
    world = root.rpartition(".")[2]
    tables = [rows.WORLDS[world], *(table for other, table in rows.WORLDS.items() if other != world)]
    spaces = [sys.modules[full] for full in (f"{root}.{s}".rstrip(".") for s in sources) if full in sys.modules]
    spaces += [t[s] for t in tables for s in sources if isinstance(t.get(s), types.ModuleType)]

    def find(name):
        generated = (
            _gen_ops().get(name.removeprefix("_")) if path.startswith("python.ops.") else None
        )  # some were hidden by `_`
        if generated is not None and path.startswith("python.ops.gen_"):
            return generated
        for space in spaces:
            if name in vars(space) and not name.startswith("__"):
                return vars(space)[name]
        for full in (f"{s}.{name}".lstrip(".") for s in sources):
            for table in tables:
                if full in table:
                    return table[full]
        if generated is not None:  # files show what they import with a star
            return generated
        if name in deep.FUTURE:
            return deep.FUTURE[name]
        for full in (f"{tools}.{name}" for tools in deep.TOOLS):
            if full in tables[0]:
                return tables[0][full]
        if name in deep.LATER.get(path, ()):
            return deep.later(path, name)
        raise names.MissingName(world, f"{path}.{name}")

    module.__getattr__ = find


def _alias(module, file):
    """Lets a module of `contrib` show what the file that it is shows, now and later."""
    for name, thing in vars(file).items():
        if not name.startswith("__"):
            vars(module).setdefault(name, thing)
    module.__getattr__ = functools.partial(getattr, file)


@functools.cache
def _gen_ops():
    """Every op by its names in TensorFlow's `gen_…_ops` files; which file has which op does not matter."""
    ops = [REGISTRY[name.removeprefix("raw_ops.")] for name in rows.WORLDS["v1"] if name.startswith("raw_ops.")]
    return {made.__name__: made for op in ops for made in (raw.gen_op(op), raw.eager_fallback(op))}


class _Made(importlib.abc.Loader):
    """Hands the import system a namespace that is there already, complete."""

    def __init__(self, module):
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.spec


class _Absent(importlib.abc.MetaPathFinder):
    """The last finder: completes the namespaces, and explains imports from them that nobody could answer."""

    def find_spec(self, fullname, path=None, target=None):
        package, _, rest = fullname.partition(".")
        world, _, rest = rest.partition(".")
        if package != "mainstem" or world not in rows.WORLDS or not rest:
            return None
        if complete() and fullname in sys.modules:
            # the import system trusts the spec of a module that appears meanwhile, and this one has none
            made = sys.modules.pop(fullname)
            return importlib.machinery.ModuleSpec(fullname, _Made(made), is_package=True)
        if names.importing():
            # named as the program names it: `from tensorflow import x` swallows an error that carries this module's own name
            raise ModuleNotFoundError(
                f"No module named 'tensorflow.{rest}': {names.explain(world, rest)}", name=f"tensorflow.{rest}"
            )
        return None
