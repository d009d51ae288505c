"""The documents are true: their Python runs, their cheap commands work, their paths exist."""

import pathlib
import re
import shlex
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "src").rglob("README.md"))]
HELP = [f"mainstem {command} --help" for command in ("check", "kernel", "records", "run", "train")]
CHEAP = ("mainstem --help", "mainstem doctor", *HELP)


def blocks(path, language):
    """Gives the text of a document's code blocks of one language as one program; other lines are empty, so line numbers agree."""
    out, inside = [], None
    for line in path.read_text().splitlines():
        if line.startswith("```"):
            inside = line[3:].strip() if inside is None else None
            line = ""
        out.append(line if inside == language else "")
    assert inside is None, f"{path}: a code block does not end"
    return "\n".join(out) + "\n"


def _name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if blocks(p, "python").strip()], ids=_name)
def test_python_runs(path, tmp_path):
    program = tmp_path / (path.stem + ".py")
    program.write_text(blocks(path, "python"))
    done = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, f"{path}:\n{done.stderr}"


def test_commands_run():
    told = [line for p in DOCUMENTS for line in blocks(p, "sh").splitlines() if line and not line.startswith("python3 -m venv")]
    assert set(told) == set(CHEAP), "commands of `sh` blocks are run here; write `console` for others"
    for line in CHEAP:
        command = [sys.executable, "-m", *shlex.split(line)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0 and "mainstem" in done.stdout, f"{line}:\n{done.stdout}{done.stderr}"


def test_continuous_integration_runs_what_the_readme_tells():
    setup = [line for line in blocks(ROOT / "README.md", "sh").splitlines() if line.startswith("python3 -m venv")]
    assert len(setup) == 2
    script = (ROOT / ".ci" / "run").read_text()
    for words in ("-e '.[dev]'", "-m pytest -n 2"):
        assert words in setup[1] and words in script


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_paths_exist(path):
    text = path.read_text()
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (path.parent / target).exists(), target
    for word in re.findall(r"`((?:src|tests|docs|benchmarks|\.ci)/[\w./*-]*)`", text):
        assert list(ROOT.glob(word.rstrip("/"))), word


def test_the_map_names_every_room():
    rooms = {p.name for p in (ROOT / "src" / "mainstem").iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", (ROOT / "README.md").read_text(), re.M))))
    assert rooms - {"v1", "v2"} <= told
