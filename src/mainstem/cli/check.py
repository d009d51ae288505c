"""`mainstem check PATH…`: which TensorFlow names programs and notebooks use, and which of them Mainstem lacks, without running them."""

import argparse
import collections
import dataclasses
import importlib
import json
import os
import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mainstem.api import names, usage

_KINDS = (".py", ".ipynb")
_PLACES = 3  # of one name, in the table


@dataclasses.dataclass
class Report:
    """What was found in one file: `missing` holds (name, place) of every use of a name that is not there.

    A call with an argument that is not there is the use of a name such as `nn.relu(axis=)`.
    """

    path: str
    world: str
    used: list
    missing: list
    problems: list


def files(paths):
    """The Python files and notebooks that `paths` name or hold, in order. Raises FileNotFoundError for what is not there."""
    found = []
    for path in paths:
        if os.path.isdir(path):
            for folder, inner, own in os.walk(path):
                inner[:] = sorted(d for d in inner if not d.startswith((".", "__pycache__")) and not _environment(folder, d))
                found += [os.path.join(folder, name) for name in sorted(own) if name.endswith(_KINDS)]
        elif os.path.exists(path):
            found.append(path)
        else:
            raise FileNotFoundError(path)
    return list(dict.fromkeys(os.path.normpath(path) for path in found))


def _environment(folder, name):
    return name in ("node_modules", "site-packages") or os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))


def check(paths, api="auto"):
    """Gives the `Report` of every file of `paths` that uses TensorFlow or cannot be read. `api`: "v1", "v2" or "auto" (by file)."""
    programs = [(path, _program(path)) for path in files(paths)]
    votes = [program.world() for _, program in programs if _decided(program)]
    usual = "v2" if votes.count("v2") > votes.count("v1") else "v1"
    reports = []
    for path, program in programs:
        if not program.uses and not program.problems:
            continue
        world = api if api != "auto" else program.world() if _decided(program) else usual
        root = importlib.import_module(f"mainstem.{world}")
        report = Report(path, world, [], [], [(_place(path, cell, line), text) for cell, line, text in program.problems])
        for use in program.uses:
            _judge(use, root, world, report)
        reports.append(report)
    return reports


def _decided(program):
    """Whether a program shows whose names it uses; one that could be of either world goes with the others of its folder."""
    asks = program.asks or any(module.startswith("tensorflow.compat.v1") for module in program.modules)
    return bool(asks or any(program.exclusive()) or any(program.evidence()))


def _program(path):
    with open(path, "rb") as f:
        text = f.read()
    try:
        return usage.read_notebook(text) if path.endswith(".ipynb") else usage.read(text)
    except ValueError as e:
        return usage.Program([], [], [(None, 1, str(e))])


def _judge(use, root, world, report):
    """Enters a use into a report, unless the program can do without it."""
    found = [names.lookup(root, name) for name in use.names]
    there = next((i for i, (known, _) in enumerate(found) if known), None)
    place = _place(report.path, use.cell, use.line)
    if there is not None:
        name = found[there][1]
        refused = names.not_taken(root, name, use.keywords) if name == use.names[there] else []
        report.used.append(f"{name}({refused[0]}=)" if refused else name)
        report.missing += [(f"{name}({refused[0]}=)", place)] if refused else []
    elif not use.guarded and not (use.loose and use.names[0] not in names.recorded(world)):
        missing = names.shorten(world, found[0][1])
        report.used.append(missing)
        report.missing.append((missing, place))


def _place(path, cell, line):
    return f"{path}:{line}" if cell is None else f"{path}:cell {cell}:{line}"


def share(part, whole):
    """A percentage that says 100 only of all."""
    return 100.0 if part == whole else min(99.9, round(100 * part / whole, 1))


def totals(reports):
    """Gives a dict of what all reports come to."""
    used = [(r.world, name) for r in reports for name in r.used]
    missing = [(r.world, name) for r in reports for name, _ in r.missing]
    uses, distinct, lacking = len(used), len(set(used)), len(set(missing))
    return {
        "files": len(reports),
        "uses": uses,
        "uses_there": uses - len(missing),
        "uses_percent": share(uses - len(missing), uses),
        "names": distinct,
        "names_there": distinct - lacking,
        "names_percent": share(distinct - lacking, distinct),
        "unreadable": sum(bool(r.problems) for r in reports),
    }


def _summary(found):
    lines = []
    if found["unreadable"]:
        lines.append(
            f"{found['unreadable']} of {found['files']} files are not Python 3 in full; their names were read where that was possible"
        )
    if not found["uses"]:
        return [*lines, "no names of TensorFlow are used"]
    lines.append(
        f"Mainstem has {found['uses_there']} of {found['uses']} uses ({found['uses_percent']}%), "
        f"{found['names_there']} of {found['names']} names ({found['names_percent']}%)"
    )
    return lines


def as_json(reports):
    """The reports as one JSON text."""
    listed = [
        {
            "path": r.path,
            "api": r.world,
            "uses": len(r.used),
            "names": sorted(set(r.used)),
            "missing": [{"name": name, "place": place} for name, place in r.missing],
            "problems": [{"place": place, "message": text} for place, text in r.problems],
        }
        for r in reports
    ]
    return json.dumps({**totals(reports), "reports": listed}, indent=2)


def as_text(reports):
    """The reports as lines that editors can follow: `file:line: name: what is the matter`."""
    lines = []
    for r in reports:
        lines += [f"{place}: does not parse: {text}{_python_2(text)}" for place, text in r.problems]
        lines += [f"{place}: {names.full(name)}: {_reason(r.world, name)}" for name, place in r.missing]
    return "\n".join([*lines, *_summary(totals(reports))])


def _reason(world, name):
    if name.endswith("=)"):
        return f"Mainstem has {names.full(name.partition('(')[0])}, and it does not take this argument."
    return names.explain(world, name).removesuffix(names.HINT).strip()


def _python_2(text):
    old = ("Missing parentheses in call to", "multiple exception types must", "leading zeros in decimal", "invalid hexadecimal")
    return " (Python 2? `2to3` or a formatter of that time makes it Python 3)" if text.startswith(old) else ""


def show(reports, console):
    """Prints the reports as a table: a line a missing name, those that are used most first."""
    for r in reports:
        for place, text in r.problems:
            console.print(f"[yellow]{escape(place)}[/] does not parse: {escape(text + _python_2(text))}")
    places = collections.defaultdict(list)
    for r in reports:
        for name, place in r.missing:
            places[r.world, name].append(place)
    if places:
        table = Table("name", "uses", "why", "where", title="What Mainstem lacks", title_justify="left")
        for (world, name), found in sorted(places.items(), key=lambda item: (-len(item[1]), item[0])):
            more = [f"… {len(found) - _PLACES} more"] if len(found) > _PLACES else []
            where = "\n".join(escape(w) for w in found[:_PLACES] + more)
            table.add_row(escape(names.full(name)), str(len(found)), escape(_reason(world, name)), where)
        console.print(table)
    console.print("\n".join(_summary(totals(reports))))


def main(arguments):
    """Prints the report; gives 0 when nothing is missing, 1 when something is or cannot be read, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="mainstem check", description=__doc__.split(": ", 1)[1])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="Python files, notebooks, or folders of them")
    parser.add_argument(
        "--api", choices=("v1", "v2", "auto"), default="auto", help="whose names; auto: each file's own calls decide"
    )
    parser.add_argument("--json", action="store_true", help="everything, for programs")
    try:
        args = parser.parse_args(arguments)
    except SystemExit as e:
        return e.code
    try:
        reports = check(args.paths, args.api)
    except OSError as e:
        print(f"mainstem check: can't read {e.filename or e}: {e.strerror or 'no such file or folder'}", file=sys.stderr)
        return 2
    console = Console(highlight=False)
    try:
        if args.json:
            print(as_json(reports))
        elif console.is_terminal:
            show(reports, console)
        else:
            print(as_text(reports))
        sys.stdout.flush()
    except BrokenPipeError:  # `mainstem check … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(any(r.missing or r.problems for r in reports))
