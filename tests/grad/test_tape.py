"""GradientTape against values that the real TensorFlow 2.21 gave for the same programs."""

import json
import pathlib
import warnings

import numpy as np
import pytest

import mainstem.v2 as tf
from tests.golden import tape_rows

pytestmark = pytest.mark.usefixtures("eager_mode")
GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "tape.json").read_text())


def _compare(ours, want, path):
    if isinstance(want, str):
        # where TensorFlow shows an object, or we add the op that it is about, what comes before must agree
        head = want.split("variables: [")[0]
        assert isinstance(ours, str) and ours.startswith(head), f"{path}: {ours!r} != {want!r}"
    elif want is None or isinstance(want, (int, float)):
        assert ours == want, path
    elif isinstance(want, list):
        assert len(ours) == len(want), path
        for i, (a, b) in enumerate(zip(ours, want)):
            _compare(a, b, f"{path}[{i}]")
    elif "dtype" in want and "data" in want:
        assert ours is not None, f"{path}: no gradient"
        assert (ours["dtype"], ours["shape"]) == (want["dtype"], want["shape"]), path
        tolerance = 2e-3 if want["dtype"] == "float16" else 2e-5
        if path.startswith("second_orders"):
            tolerance *= max(1.0, float(np.abs(want["data"]).max()))
        np.testing.assert_allclose(ours["data"], want["data"], rtol=tolerance, atol=tolerance, err_msg=path)
    else:
        assert set(ours) == set(want) or (path == "second_orders" and set(ours) > set(want)), path
        for key in want:
            _compare(ours[key], want[key], f"{path}.{key}")


SLOW = ("second_orders",)  # dozens of ops, each compiled anew for its second derivative


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in tape_rows.ROWS])
def test_same_as_tensorflow(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        _compare(tape_rows.plain(tape_rows.ROWS[name](tf)), GOLDEN[name], name)
