"""The notebook extension, `%load_ext mainstem`: the magic `%tensorflow_version`, which notebooks from Colab begin with."""

import os
import re
import sys

from mainstem import compat
from mainstem.api import usage
from mainstem.cli import old_numpy, zoo

_USAGE = "%tensorflow_version: say 1.x or 2.x. Got {!r}."
_OTHER = (
    "%tensorflow_version: `tensorflow` already means TensorFlow {}'s names in this process, and a process has one world. "
    "Restart the kernel and run this cell before anything imports tensorflow."
)


def load(shell):
    """Gives an IPython shell the magic."""
    shell.register_magic_function(tensorflow_version, magic_kind="line", magic_name="tensorflow_version")


def tensorflow_version(line):
    """%tensorflow_version 1.x|2.x: whose names `import tensorflow` gives; without a word it tells."""
    # IPython is there when this runs; nothing else of Mainstem needs it
    from IPython.core.error import UsageError

    word = line.partition("#")[0].strip().strip("\"'")
    if not word:
        print(_state())
        return
    match = re.fullmatch(r"([12])(\.[\w.]+)?", word)
    if match is None:
        raise UsageError(_USAGE.format(word))
    world = f"v{match.group(1)}"
    here = [w for w in ("v1", "v2") if f"mainstem.{w}" in sys.modules]
    try:
        if here and world not in here and compat.current() != world:
            raise UsageError(_OTHER.format(here[0][1]))  # the first world also decided between graph mode and eager mode
        compat.reserve(world)
    except RuntimeError as e:
        text = (
            _OTHER.format(compat.current()[1]) if not compat.real() else str(e).replace("install:", "%tensorflow_version:", 1)
        )
        raise UsageError(text) from None
    _of_its_years(world)
    print(f"TensorFlow {world[1]}.x selected: `import tensorflow` is Mainstem.")


def _of_its_years(world):
    if world == "v1":
        old_numpy.restore()  # as `mainstem run` does
        zoo.offer()
    return world


def reserve(api, shell):
    """Makes the alias for "v1", "v2" or "auto"; what "auto" means is decided by the first import, when cells have been read."""
    compat.reserve(_of_its_years(api) if api != "auto" else lambda: _of_its_years(chosen(shell())))


def _state():
    world = compat.current()
    if world is None:
        return "No TensorFlow is selected: say %tensorflow_version 1.x or 2.x before `import tensorflow`."
    return f"TensorFlow {world[1]}.x is selected: `import tensorflow` is Mainstem."


def chosen(shell):
    """Gives the world of the notebook that an IPython shell runs: by its file where that is known, else by the cells so far."""
    path = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    if path.endswith(".ipynb") and os.path.exists(path):
        with open(path, "rb") as f:
            return usage.read_notebook(f.read()).world()
    return usage.detect("\n".join(map(usage.without_magics, shell.user_ns.get("In", []))))
