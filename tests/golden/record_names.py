"""Records the public names of the installed TensorFlow: a line for every namespace, then the names in it.

Usage, once with each TensorFlow:
python tests/golden/record_names.py --out src/mainstem/api/names_v1.txt
python tests/golden/record_names.py --out src/mainstem/api/names_v2.txt
"""

import argparse
import types

import tensorflow as tf

NOISE = {"absolute_import", "division", "print_function", "unicode_literals"}
HIDDEN = ("raw_ops", "compat.v1", "compat.v2")  # long, or shown elsewhere
HIDDEN += ("contrib.keras", "contrib.labeled_tensor", "contrib.quantization", "contrib.specs")  # copies of other namespaces
CONTRIB_DEPTH = 3  # dots of a namespace; below lie the modules in which contrib was written


def home(thing):
    """The dotted place where a module or an object was written, "" when it does not tell."""
    found = thing.__name__ if isinstance(thing, types.ModuleType) else getattr(thing, "__module__", None)
    return found if isinstance(found, str) else ""


def public(module, full):
    """Whether a module is a namespace for users and not one that another file imported."""
    if full.startswith("contrib."):
        return ".contrib" in home(module) or ".keras" in home(module)
    return any(word in home(module) for word in ("_api", "keras", "estimator", "contrib", "experimental", "flags"))


def walk(module, path, found, above):
    """Adds the names of a module and of the modules in it to `found`, a dict from namespace to names."""
    for name in sorted(dir(module)):
        full = path + "." + name if path else name
        if name.startswith("_") or name in NOISE:
            continue
        try:
            thing = getattr(module, name)
        except Exception:  # a lazy name that this installation cannot load
            continue
        if not isinstance(thing, types.ModuleType):
            if home(thing).partition(".")[0] not in ("functools", "typing", "collections", "__future__", "six", "os", "re"):
                found.setdefault(path, []).append(name)
        elif id(thing) not in above and public(thing, full):
            found.setdefault(path, []).append(name)
            if full not in HIDDEN and not (full.startswith("contrib") and full.count(".") >= CONTRIB_DEPTH):
                walk(thing, full, found, above | {id(thing)})


def main():
    """Writes the list."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    found = {}
    if tf.__version__.startswith("1."):
        tf.contrib.slim  # noqa: B018 - contrib is loaded when asked for
    walk(tf, "", found, {id(tf)})
    with open(ap.parse_args().out, "w") as f:
        f.write("# The public names of TensorFlow " + tf.__version__ + ", recorded by tests/golden/record_names.py.\n")
        for space in sorted(found):
            f.write((space or "tensorflow") + ": " + " ".join(found[space]) + "\n")


main()
