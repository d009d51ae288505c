"""`tf.gfile` against TensorFlow 1.15 (tests/golden/gfile.json)."""

import json
import pathlib
import sys

import pytest

import mainstem.v1 as tf

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import gfile_rows  # noqa: E402

sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE.parent / "golden" / "gfile.json").read_text())
DIFFERENT = {
    "makedirs_on_file": ["error", "AlreadyExistsError"],  # TensorFlow says nothing
    "empty_made": ["value", "(None, True)"],  # as Python's open and TensorFlow 2 do; TensorFlow 1.15 makes no file
}


@pytest.mark.parametrize("row", gfile_rows.ROWS)
def test_programs_on_files(row, tmp_path):
    assert gfile_rows.outcome(tf.gfile, row, tmp_path) == DIFFERENT.get(row, GOLDEN[row])


def test_other_file_systems_are_named():
    with pytest.raises(NotImplementedError, match="gs://"):
        tf.gfile.Exists("gs://bucket/x")
    assert not tf.gfile.Exists("file:///no/such/file")
