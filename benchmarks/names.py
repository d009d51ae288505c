"""Counts, for each module of TensorFlow 1.15, the names that Mainstem has, and lists what is missing or takes other arguments.

    python benchmarks/names.py SIGNATURES.json [--usage USAGE.csv] [--modules layers contrib.slim …] [--members] [--list]

SIGNATURES.json holds the public names of a release: {name: {"kind": "function", "args": [[parameter, default], …]}}, classes with
{"members": {method: parameters}}; a default that is an object is "<its type>". USAGE.csv has a column `symbol`: names that public
programs use. A signature agrees when names, order and defaults of all parameters do. `--members` compares methods of classes too.
"""

import argparse
import csv
import inspect
import json
import math

import mainstem.v1 as v1

MODULES = ("contrib.framework", "contrib.layers", "contrib.losses", "contrib.metrics", "contrib.slim", "contrib.training")
MODULES = (*MODULES, "feature_column", "initializers", "layers", "losses", "metrics", "test")


def shown(default):
    """A default as the recording shows it: plain values as they are, objects by their type."""
    if isinstance(default, float) and math.isinf(default):
        return str(default)
    if default is None or isinstance(default, (bool, int, float, str)):
        return default
    if isinstance(default, (list, tuple, dict)):
        return str(default)
    return f"<{type(default).__name__}>"


def parameters(thing):
    """The parameters of a function as [[name, default], …], or None where Python does not tell."""
    try:
        found = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [
        [stars.get(p.kind, "") + p.name, *([] if p.default is inspect.Parameter.empty else [shown(p.default)])] for p in found
    ]


def differs(thing, asked):
    """How the parameters of `thing` differ from those asked for, in words, or None."""
    have = parameters(thing)
    if have is None or asked is None:
        return None
    have, asked = ([p for p in ps if p[0] != "self"] for ps in (have, asked))
    if have == asked or [str(p) for p in have] == [str(p) for p in asked]:
        return None
    lacks = [p for p in asked if p not in have]
    more = [p for p in have if p not in asked]
    return (
        f"asked {lacks}, here {more}" if lacks or more else f"order asked {[p[0] for p in asked]}, here {[p[0] for p in have]}"
    )


def gaps(thing, entry, members):
    """Yields (what, how it differs) for an object and, if asked for, the methods of a class."""
    if entry["kind"] == "function":
        yield "", differs(thing, entry["args"])
    elif entry["kind"] == "class":
        for name, asked in entry["members"].items():
            if name != "__init__" and not members:
                continue
            if not hasattr(thing, name):
                yield "." + name, "missing"
            elif isinstance(asked, list):
                yield "." + name, differs(getattr(thing, name), asked)


def resolve(tf, path):
    """The object of a dotted name below `tf`. Raises AttributeError when it is not there."""
    for part in path.split("."):
        tf = getattr(tf, part)
    return tf


def report(tf, module, signatures, used, args):
    """Prints the line of a module and, with `--list`, what is missing in it or differs."""
    names = sorted(n for n in signatures if n.startswith(module + "."))
    missing, different = [], []
    for name in names:
        try:
            thing = resolve(tf, name)
        except AttributeError:
            missing.append(name)
            continue
        different += [(name + what, how) for what, how in gaps(thing, signatures[name], args.members) if how]
    have, wanted = len(names) - len(missing), [n for n in names if n in used]
    lacking = sorted(set(wanted) & set(missing))
    print(
        f"{module:20s} {len(names):5d} names, here {have:5d} ({100 * have / max(1, len(names)):5.1f}%), "
        f"other signatures {len(different):3d}, of {len(wanted)} in use missing: {' '.join(lacking) or 'none'}"
    )
    if args.list:
        for name in missing:
            print(f"    missing  {name}")
        for name, how in different:
            print(f"    differs  {name}: {how}")


def main():
    """Reads the arguments and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("signatures")
    parser.add_argument("--usage")
    parser.add_argument("--modules", nargs="+", default=MODULES)
    parser.add_argument("--members", action="store_true")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    with open(args.signatures) as file:
        signatures = json.load(file)
    used = set()
    if args.usage:
        with open(args.usage) as file:
            used = {row["symbol"] for row in csv.DictReader(file)}
    tf = v1
    for module in args.modules:
        report(tf, module, signatures, used, args)


if __name__ == "__main__":
    main()
