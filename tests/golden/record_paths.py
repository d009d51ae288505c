"""Records which public name stands behind each name of the deep `tensorflow.python…` paths of the installed TensorFlow.

A line for every path, then its names: `name` alone when the public name is the same, else `name=public`; `@1` or `@2` after it when
the object belongs to one world only. Usage, once with each TensorFlow:
python tests/golden/record_paths.py --out src/mainstem/api/paths_v1.txt
python tests/golden/record_paths.py --out src/mainstem/api/paths_v2.txt
"""

import argparse
import sys
import types

import tensorflow as tf
from tensorflow.python.util import tf_decorator

HIDDEN = tuple("python." + name for name in ("autograph", "compiler", "distribute", "dlpack", "keras", "tpu", "ops.numpy_ops"))
HIDDEN += ("python.ops.standard_ops", "python.framework.framework_lib")  # both show whole namespaces
WORLDS = {"1": ("_tf_api_names_v1", "_tf_api_constants_v1"), "2": ("_tf_api_names", "_tf_api_constants")}


def public(thing):
    """A dict from world to the public names of a function or class."""
    thing = tf_decorator.unwrap(thing)[1]
    held = thing.__dict__ if isinstance(thing, type) else getattr(thing, "__dict__", {})
    named = {world: held.get(names, ()) for world, (names, _) in WORLDS.items()}
    return {world: names for world, names in named.items() if names and not names[0].startswith("raw_ops.")}


def constants(module):
    """A dict from name to {world: public names} of a module's exported constants."""
    found = {}
    for world, (_, attribute) in WORLDS.items():
        for names, constant in getattr(module, attribute, []):
            if names:
                found.setdefault(constant, {})[world] = names
    return found


def token(name, worlds):
    """A name of a path as it is written down."""
    world = "1" if "1" in worlds else "2"
    full = min(worlds[world], key=lambda n: (n.rpartition(".")[2] != name, n.count("."), n))
    return (name if full == name else name + "=" + full) + ("" if len(worlds) == 2 else "@" + world)


def contrib():
    """(path, tokens) of the modules in which contrib was written: contrib marks nothing, so identity tells the public name."""
    shown = {}
    for space in sorted(dir(tf.contrib)):
        for name, thing in sorted(vars(getattr(tf.contrib, space)).items()) if not space.startswith("_") else ():
            if callable(thing) and not name.startswith("_"):
                shown.setdefault(id(thing), []).append("contrib." + space + "." + name)
    for full, module in sorted(sys.modules.items()):
        path = full.replace("tensorflow_core.", "tensorflow.")[len("tensorflow.") :]
        if (
            isinstance(module, types.ModuleType)
            and path.startswith("contrib.")
            and ".python." in path
            and "labeled_tensor" not in path
        ):
            own = {n: t for n, t in vars(module).items() if id(t) in shown and written_in(t) == module.__name__}
            if own:
                yield path, [name + "=" + nearest(shown[id(own[name])], path, name) + "@1" for name in sorted(own)]


def nearest(names, path, name):
    """Of the public names of an object, the one in the namespace of the path, under the same name if there is one."""
    return min(names, key=lambda n: (n.split(".")[1] != path.split(".")[1], n.rpartition(".")[2] != name, n))


def written_in(thing):
    """The module in which a function or class was written, below its decorators."""
    return getattr(tf_decorator.unwrap(thing)[1], "__module__", None)


def rows():
    """(path, tokens) of every module that is loaded."""
    for full, module in sorted(sys.modules.items()):
        path = full.replace("tensorflow_core.", "tensorflow.")[len("tensorflow.") :]
        if not isinstance(module, types.ModuleType) or "tensorflow" not in full or not path.startswith("python."):
            continue
        if path.startswith(HIDDEN):
            continue
        exported, found = constants(module), {}
        for name, thing in vars(module).items():
            if name in exported:
                found[name] = exported[name]
            elif not name.startswith("__") and callable(thing) and public(thing):
                found[name] = public(thing)
        if found:
            yield path, [token(name, found[name]) for name in sorted(found)]


def main():
    """Writes the list."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    args = ap.parse_args()
    sys.argv = sys.argv[:1]  # a look at `FLAGS` parses them
    with open(args.out, "w") as f:
        f.write(
            "# Paths inside TensorFlow "
            + tf.__version__
            + " and the public names behind them, by tests/golden/record_paths.py.\n"
        )
        for path, tokens in [*rows(), *(contrib() if tf.__version__.startswith("1.") else ())]:
            f.write(path + ": " + " ".join(tokens) + "\n")


main()
