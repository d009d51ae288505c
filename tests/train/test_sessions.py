"""Hooks, monitored sessions, supervisors: calls, log lines, files and errors of TensorFlow 1.15 (golden/record_sessions.py)."""

import json
import logging as python_logging
import pathlib
import re

import pytest

import mainstem.v1 as tf
from tests.train import session_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "sessions.json").read_text())


@pytest.fixture(autouse=True)
def counted_anew():
    """Warnings that are logged a few times only are counted for each test."""
    from mainstem.platform import logging

    logging._counts.clear()


def plain(x):
    """A fact with what NumPy prints differently today as it printed it, and what differs in kind left out."""
    if isinstance(x, str):
        x = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", x)
        x = re.sub(r"<session_programs\.|<tests\.train\.session_programs\.", "<", re.sub(r"0x[0-9a-f]+", "0x", x))
        return re.sub(r"(An error was raised\..{30}).*", r"\1", x)
    if isinstance(x, (list, tuple)):
        return [plain(y) for y in x]
    return {k: plain(v) for k, v in x.items()} if isinstance(x, dict) else x


@pytest.mark.parametrize("name", session_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(name, tmp_path):
    found = session_programs.logged(tf, str(tmp_path), session_programs.PROGRAMS[name])
    found = json.loads(json.dumps(found))
    assert plain(found["made"]) == plain(GOLDEN[name]["made"])
    assert plain(found["log"]) == plain(GOLDEN[name]["log"])
    assert python_logging.getLogger("tensorflow").level != python_logging.INFO
