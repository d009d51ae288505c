"""The table of public names, a file a subject: which object each name is, in TensorFlow 1's world, in 2's, or in both.

A name is added in one file here and nowhere else. Most programs need only the `EARLY` files; the others, and with them the
dialects, are imported when a program first asks for a name that these do not have: `import mainstem.v1` takes half the time.
"""

import functools
import importlib
import pkgutil

EARLY = ("array", "core", "flow", "image", "math", "nn", "platform", "records", "train")


def _import(files):
    for file in files:
        importlib.import_module(f"{__name__}.{file}")


@functools.cache
def early():
    """Imports the files whose names nearly every program uses."""
    _import(EARLY)


@functools.cache
def everything():
    """Imports every file: from then on `rows.WORLDS` holds all names."""
    early()
    _import(sorted(file.name for file in pkgutil.iter_modules(__path__) if file.name not in EARLY))
