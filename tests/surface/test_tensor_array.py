"""TensorArray in graph mode against TensorFlow 1.15."""

import pytest

import mainstem.v1 as tf
from tests.surface import control_programs as programs
from tests.surface.test_control_flow import V1, feeder, run

PROGRAMS = [p for p in programs.GRAPHS if p.__name__.startswith("array")]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program):
    run(program, V1["graphs"][program.__name__])


@pytest.mark.parametrize("name", [n for n in programs.REFUSED if n.startswith("array")])
def test_refused(name):
    wanted = V1["refused"][name]
    with pytest.raises(Exception) as e:
        programs.REFUSED[name](tf, feeder({}))
    assert isinstance(e.value, TypeError) if wanted is None else type(e.value).__name__ == wanted[0]
