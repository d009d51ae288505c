"""Shapes, dimensions, dtypes and conversions of values against TensorFlow 1.15 (tests/golden/base.json)."""

import json
import pathlib
import sys

import pytest

import mainstem.v1 as tf

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import base_evaluation  # noqa: E402
import base_rows  # noqa: E402

sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE.parent / "golden" / "base.json").read_text())

TRUE, TYPE, VALUE = ["value", "True"], ["error", "TypeError"], ["error", "ValueError"]

# where Mainstem decides otherwise, and what it gives
DIFFERENT = {
    # the better answer of TensorFlow 2
    "tf.TensorShape(None) != [1]": TRUE,
    "tf.TensorShape([1]) != None": TRUE,
    "{tf.TensorShape([2]): 1}[tf.TensorShape([2])]": ["value", "1"],
    "hash(tf.Dimension(3)) == hash(3)": TRUE,
    "float(tf.Dimension(3))": ["value", "3.0"],
    "tf.constant(range(3))": ["tensor", "int32", [3], ["0", "1", "2"]],
    "tf.constant([np.array([1.0, 2.0]), np.array([3.0, 4.0])])": ["tensor", "float32", [2, 2], ["1.0", "2.0", "3.0", "4.0"]],
    "tf.constant([np.array([1, 2]), [3, 4]])": ["tensor", "int32", [2, 2], ["1", "2", "3", "4"]],
    "tf.constant([1, [2]])": VALUE,
    # Python types that say what they mean
    "tf.as_dtype(int)": ["value", "tf.int32"],
    "tf.as_dtype(str)": ["value", "tf.string"],
    "tf.as_dtype(bytes)": ["value", "tf.string"],
    "tf.as_dtype(complex)": ["value", "tf.complex128"],
    "tf.constant(2 ** 63)": ["tensor", "uint64", [], ["9223372036854775808"]],
    "tf.constant(3, tf.qint8)": ["tensor", "qint8", [], ["3"]],
    # errors of another type, and a size that means nothing
    'tf.TensorShape("ab")': VALUE,
    "tf.string.size": ["value", "1"],
    "tf.bool.limits": TYPE,
    "tf.string.limits": TYPE,
    'tf.DType("x")': TYPE,
    "tf.constant(tf.TensorShape([2, 3]))": TYPE,
    "tf.constant(tf.TensorShape([2, None]))": TYPE,
    "tf.constant(1.5, tf.bfloat16)": ["tensor", "bfloat16", [], ["1.5"]],
}


@pytest.mark.filterwarnings(
    "ignore:overflow encountered in cast"
)  # NumPy tells of the infinities that TensorFlow makes in silence
@pytest.mark.parametrize("group", base_rows.ALL)
def test_expressions_give_what_tensorflow_gives(group):
    wrong = []
    for row in base_evaluation.rows(base_rows.ALL[group]):
        want = DIFFERENT.get(row, GOLDEN[row])
        got = base_evaluation.outcome(tf, row)
        if got != want:
            wrong.append(f"{row}\n    want {want}\n    got  {got}")
    assert not wrong, "\n" + "\n".join(wrong)
