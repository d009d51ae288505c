"""Values, representations and exceptions of eager mode as TensorFlow 2.21 gives them."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v2 as tf
from tests.eager.eager_rows import OTHER_TEXT, ROWS

pytestmark = pytest.mark.usefixtures("eager_mode")
GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "eager.json").read_text())


def _names():
    return {
        "tf": tf, "np": np, "x": tf.constant([1.0, 2.0]), "i": tf.constant([1, 2]), "m": tf.constant([[1.0, 2.0], [3.0, 4.0]]),
        "s": tf.constant(b"abc"), "ss": tf.constant(["a", "bc"]),
    }  # fmt: skip


@pytest.mark.parametrize("source", ROWS)
def test_row(source):
    want, names = GOLDEN[source], _names()
    if "error" not in want:
        made = eval(source, names)
        assert {"repr": repr(made), "str": str(made)} == want
        return
    with pytest.raises(Exception) as caught:  # noqa: B017 - the class is compared below
        eval(source, names)
    assert caught.type.__name__ == want["error"], str(caught.value)
    if source not in OTHER_TEXT:
        assert str(caught.value).startswith(want["text"].split(" [Op:")[0])
