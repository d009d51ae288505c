"""Which names the real TensorFlow has, and what to tell a program that asks for one which is not here."""

import difflib
import functools
import inspect
import pathlib
import sys

from mainstem.api import rows, tables

RELEASES = {"v1": "TensorFlow 1.15", "v2": "TensorFlow 2.21"}
INTERNAL = ("python", "core", "tools", "examples", "lite", "compiler", "stream_executor")  # paths outside the public names
HINT = "`mainstem check FILE` lists all that a program uses and Mainstem lacks."
_OTHER = {"v1": "v2", "v2": "v1"}
_CLOSE = 0.8  # of difflib: `tf.placehoder` is near `tf.placeholder`, `tf.zeros` is not near `tf.zeta`
# names of TensorFlow 0.x, which 1.0 took away
RENAMED = {
    "mul": "multiply",
    "sub": "subtract",
    "neg": "negative",
    "pack": "stack",
    "unpack": "unstack",
    "select": "where",
    "batch_matmul": "matmul",
    "complex_abs": "abs",
    "inv": "reciprocal",
    "scalar_summary": "summary.scalar",
    "histogram_summary": "summary.histogram",
    "image_summary": "summary.image",
    "audio_summary": "summary.audio",
    "merge_summary": "summary.merge",
    "merge_all_summaries": "summary.merge_all",
    "train.SummaryWriter": "summary.FileWriter",
    "nn.seq2seq": "contrib.legacy_seq2seq",
}


@functools.cache
def recorded(world):
    """The public names and namespaces of the release that a world stands for, as a frozenset of dotted names."""
    found = set()
    for line in (pathlib.Path(__file__).parent / f"names_{world}.txt").read_text().splitlines():
        space, _, names = line.partition(": ")
        if not line.startswith("#"):
            above = "" if space == "tensorflow" else space + "."
            found.update(above + name for name in names.split())
    return frozenset(found)


def has(world, path):
    """Whether the table has a name or a namespace of a world."""
    tables.everything()
    names = rows.WORLDS[world]
    return path in names or any(name.startswith(path + ".") for name in names)


def near(world, path):
    """The name of the table that a program may have meant by `path`, or None."""
    table = _public(world)
    if RENAMED.get(path) in table:
        return RENAMED[path]
    if namesake(world, path):
        return namesake(world, path)
    space, _, last = path.rpartition(".")
    beside = {name.rpartition(".")[2]: name for name in table if name.rpartition(".")[0] == space}
    close = difflib.get_close_matches(last, beside, n=1, cutoff=_CLOSE)
    if close:
        return beside[close[0]]
    return next(iter(difflib.get_close_matches(path, table, n=1, cutoff=_CLOSE)), None)


def _public(world):
    tables.everything()
    return [name for name in rows.WORLDS[world] if name.partition(".")[0] not in (*INTERNAL, "raw_ops")]


def namesake(world, path):
    """The name of the table that ends as `path` does, in another namespace, or None: `math.log` for `log`."""
    end = "." + path.rpartition(".")[2]
    same = [name for name in _public(world) if ("." + name).endswith(end)]
    return min(same, key=lambda name: (name.count("."), name), default=None)


def _inside(world, path):
    """Gives (world, path, prefix) without a leading `compat.v1.` or `compat.v2.`."""
    prefix = ""
    while path.startswith(("compat.v1.", "compat.v2.")):
        world, prefix, path = path[7:9], prefix + path[:10], path[10:]
    return world, path, prefix


@functools.cache
def explain(world, path):
    """One or two sentences on why `tf.<path>` is not there and what to do."""
    world, path, prefix = _inside(world, path)
    other, found, shown = _OTHER[world], near(world, path), full(prefix + path)
    deep_contrib = path.startswith("contrib.") and path.rpartition(".")[0] not in recorded(
        world
    )  # of which nothing was recorded
    if deep_contrib and world == "v1":
        reason = f"Mainstem does not have {shown}."
    elif path.partition(".")[0] in INTERNAL:
        reason = f"Mainstem does not have {shown}, a path inside TensorFlow."
    elif path in recorded(world):
        reason = f"Mainstem does not have {shown} yet."
    elif has(other, path):
        reason = (
            f"{shown} is a name of TensorFlow {other[1]}, and this is TensorFlow {world[1]}'s namespace. Use tf.compat.{other}.{path}, "
            f"or run the whole program with the other names: `mainstem run --api {other}`, or `import mainstem.{other} as tf`."
        )
        found = namesake(world, path)
    elif path in recorded(other):
        reason = f"{shown} is a name of TensorFlow {other[1]} only, and Mainstem does not have it yet."
    else:
        reason = f"{RELEASES[world]} has no {shown}."
    words = [reason]
    if found:
        found = full(prefix + found)
        words.append(f"The nearest name here is {found}." if reason.startswith("Mainstem") else f"Did you mean {found}?")
    return " ".join([*words, HINT])


class MissingName(AttributeError):
    """A name that a namespace does not have. The text is put together when it is shown, since `hasattr` must stay cheap."""

    def __init__(self, world, path):
        space, _, last = path.rpartition(".")
        module = f"tensorflow.{space}" if space else "tensorflow"
        # with a `name` the interpreter does not add its own suggestion
        super().__init__(f"module {module!r} has no attribute {last!r}", name=path)
        self.world, self.path = world, path

    def __str__(self):
        return f"{self.args[0]}: {explain(self.world, self.path)}"

    def __reduce__(self):
        return AttributeError, (str(self),)


# tracebacks show the type that programs know
MissingName.__module__, MissingName.__name__, MissingName.__qualname__ = "builtins", "AttributeError", "AttributeError"


def lookup(root, path):
    """Looks a dotted name up below the module `root`: gives (whether it is there, the name).

    What follows an object which is neither a module nor a class is that object's affair: the name that is given ends there.
    """
    thing, parts = root, path.split(".")
    for i, part in enumerate(parts):
        if not inspect.ismodule(thing) and not inspect.isclass(thing):
            return True, ".".join(parts[:i])
        try:
            thing = getattr(thing, part)
        except AttributeError:
            return False, ".".join(parts if inspect.ismodule(thing) else parts[: i + 1])
    return True, path


def not_taken(root, path, keywords):
    """The names among `keywords` that the function or class at `path` below `root` does not take as arguments."""
    if not keywords:
        return []
    thing = functools.reduce(getattr, path.split("."), root)
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):  # not a function, or one that does not tell
        return []
    taken = {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY}
    return [] if any(p.kind is p.VAR_KEYWORD for p in parameters) else [k for k in keywords if k not in taken]


def shorten(world, path):
    """The longest part of a missing name that TensorFlow is known to have: `tf.flags.FLAGS.size` uses `tf.flags.FLAGS`."""
    world, path, prefix = _inside(world, path)
    return prefix + next((start for start in _starts(path) if start in recorded(world) and not has(world, start)), path)


def belongs(world, path):
    """Whether the release of this world has a name, or the object before its last parts, and the other release does not."""
    start = next((start for start in _starts(path) if start in recorded(world)), "")
    return bool(start) and start not in recorded(_OTHER[world])


def _starts(path):
    parts = path.split(".")
    return (".".join(parts[:n]) for n in range(len(parts), 0, -1))


def full(path):
    """A dotted name as programs write it: `tf.nn.relu`, `tensorflow.python.ops.math_ops`."""
    return ("tensorflow." if path.partition(".")[0] in INTERNAL else "tf.") + path


def importing():
    """Whether the finder that calls this is asked by an import and not by `importlib.util.find_spec`, which expects None."""
    frame = sys._getframe(3)  # past the finder and importlib's `_find_spec`
    return frame.f_code.co_name == "_find_and_load_unlocked"
