"""The rooms form a strict order: a room imports only rooms before it, files form no cycle, imports stay at the top."""

import ast
import pathlib
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).parents[2] / "src" / "mainstem"
ROOMS = (
    "base", "formats", "records", "core", "ops",
    "graph", "lower", "eager", "state", "grad", "run", "surface", "platform", "data", "train", "dialects", "api",
    "v1", "v2", "compat", "cli",
)  # fmt: skip
FORBIDDEN = {"formats": ("core",), "graph": ("ops",)}  # pairs that the order alone would allow
JAX_ROOMS = {"core", "ops", "lower", "eager", "state", "grad", "run"}
LATE_IMPORTS = {  # imports inside functions, each with its reason
    "cli/jupyter.py": "IPython is there when a notebook calls it, and nowhere else",
    "cli/kernel.py": "Jupyter is an extra",
    "compat.py": "which of the two worlds is loaded shows when a program imports it",
    "cli/doctor.py": "reports what is missing instead of failing",
    "dialects/contrib/clustering.py": "scikit-learn takes a second to import, and only one loss needs its metrics",
    "dialects/keras/hdf5.py": "h5py is an extra",
    "dialects/keras/pictures.py": "Pillow and scipy.ndimage are for image files and their changes",
    "ops/image_codec.py": "Pillow takes 50 ms to import, and few programs read image files",
    "platform/flags.py": "absl takes 150 ms to import, and only the first flag needs it",
    "platform/remote.py": "fsspec takes 60 ms to import, and only paths with a scheme need it",
    "records/sources.py": "Pillow and h5py, an extra, are for the files of their own formats",
    "run/autograph.py": "the rewriter and malt take 90 ms to import, and only converting a function needs them",
}
IMPORTERS = ("importlib.import_module", "import_module", "__import__")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
FILES = sorted(p for p in SOURCE.rglob("*.py"))


def room_of(path):
    parts = path.relative_to(SOURCE).parts
    return parts[0].removesuffix(".py")


def imports(text):
    """Gives (module, whether it stands inside a function) of every import of a file, those by `importlib` of a plain name too."""
    tree = ast.parse(text)
    inside = {n for f in ast.walk(tree) if isinstance(f, (*FUNCTIONS, ast.Lambda)) for n in ast.walk(f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for a in node.names:
                yield a.name, node in inside
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports name the whole path"
            yield node.module, node in inside
            if node.module.startswith("mainstem"):
                for a in node.names:
                    yield f"{node.module}.{a.name}", node in inside
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in IMPORTERS and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value, node in inside


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_one_way(path):
    here = room_of(path)
    if here in ("__init__", "__main__"):
        return
    for module, late in imports(path.read_text()):
        assert not late or str(path.relative_to(SOURCE)) in LATE_IMPORTS, f"{module} is imported inside a function"
        top = module.split(".")
        if top[0] in ("jax", "jaxlib"):
            assert here in JAX_ROOMS, f"{here} imports {module}: jax belongs to {sorted(JAX_ROOMS)}"
        if top[0] != "mainstem" or len(top) == 1 or top[1] not in ROOMS:
            continue
        there = top[1]
        assert ROOMS.index(there) <= ROOMS.index(here), f"{here} imports {module}, a room after it"
        assert there not in FORBIDDEN.get(here, ()), f"{here} may not import {there}"


def test_files_of_a_room_form_no_cycle():
    names = {"mainstem." + str(p.relative_to(SOURCE))[:-3].replace("/", ".").removesuffix(".__init__"): p for p in FILES}
    edges = {n: {m for m, _ in imports(p.read_text()) if m in names and m != n} for n, p in names.items()}
    done, path = set(), []

    def visit(n):
        if n in path:
            raise AssertionError("import cycle: " + " -> ".join([*path[path.index(n) :], n]))
        if n not in done:
            path.append(n)
            for m in sorted(edges[n]):
                visit(m)
            path.pop()
            done.add(n)

    for n in names:
        visit(n)


def test_formats_need_no_jax():
    code = (
        "import pkgutil, importlib, sys, mainstem.formats as f\n"
        "for m in pkgutil.iter_modules(f.__path__): importlib.import_module('mainstem.formats.' + m.name)\n"
        "assert 'jax' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_sizes(path):
    """Of files, and of what a function does: what it takes and tells is not counted."""
    text = path.read_text()
    assert len(text.splitlines()) <= 700
    for f in ast.walk(ast.parse(text)):
        if isinstance(f, FUNCTIONS):
            body = f.body[1:] if ast.get_docstring(f) is not None else f.body
            assert not body or f.end_lineno - body[0].lineno < 60, f"{f.name} is too long"


def test_no_import_is_overlooked():
    text = "import jax.numpy as jnp\nfrom mainstem.base import nest\nasync def f():\n    import mainstem.run\n    __import__('absl')\n"
    text += "g = lambda: importlib.import_module('mainstem.cli.main')\n"
    told = [("jax.numpy", False), ("mainstem.base", False), ("mainstem.base.nest", False), ("mainstem.run", True)]
    assert list(imports(text)) == [*told, ("absl", True), ("mainstem.cli.main", True)]
    with pytest.raises(AssertionError, match="line 1: imports name the whole path"):
        list(imports("from . import nest\n"))


def test_no_vague_names():
    vague = {"utils.py", "util.py", "misc.py", "helpers.py", "common.py"}
    assert not [p for p in FILES if p.name in vague]
