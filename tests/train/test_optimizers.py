"""Optimizers against runs of TensorFlow 1.15 (`tests/golden/record_optimizers.py`): values, slots and names."""

import json
import pathlib

import numpy as np
import pytest

from tests.train import optimizer_programs as programs
from tests.train.names import tf

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "optimizers.json").read_text())


@pytest.mark.parametrize("resource", [False, True], ids=["ref", "resource"])
@pytest.mark.parametrize("key", sorted(GOLDEN["train"]))
def test_five_steps_give_tensorflows_values_slots_and_names(key, resource):
    case, kind = key.split("/")
    golden = GOLDEN["train"][key]
    ours = programs.train(tf, case, kind == "sparse", resource)
    assert ours["values"].keys() == golden["values"].keys()
    for name, value in golden["values"].items():
        np.testing.assert_allclose(ours["values"][name], value, rtol=2e-6, atol=2e-6, err_msg=name)
    for what in ("slots", "train_op", "collection", "variables"):
        assert ours[what] == golden[what], what
    assert ours["applied"] == golden["applied_resource" if resource else "applied"]


@pytest.mark.parametrize("kind", ["ref", "resource"])
@pytest.mark.parametrize("case", programs.MINIMIZED)
def test_minimize_adds_tensorflows_nodes(case, kind):
    assert programs.minimize(tf, case, kind == "resource", kind == "ref") == GOLDEN["minimize"][case][kind]
