"""`tf.gfile` and `tf.io.gfile` against TensorFlow 1.15 and 2.21 (tests/golden/gfile.json, gfile_v2.json)."""

import json
import pathlib
import sys

import pytest

import mainstem
import mainstem.v1 as tf

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import gfile_rows  # noqa: E402

sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE.parent / "golden" / "gfile.json").read_text())
GOLDEN_V2 = json.loads((HERE.parent / "golden" / "gfile_v2.json").read_text())
DIFFERENT = {
    "makedirs_on_file": ["error", "FailedPreconditionError"],  # as TensorFlow 2; TensorFlow 1.15 says nothing
    "empty_made": ["value", "(None, True)"],  # as Python's open does; TensorFlow makes no file without a write
    "path_object": ["value", "(None, 'a')"],  # TensorFlow 1.15 takes no path objects
}


@pytest.mark.parametrize("row", gfile_rows.ROWS)
def test_programs_on_files(row, tmp_path):
    assert gfile_rows.outcome(tf.gfile, row, tmp_path) == DIFFERENT.get(row, GOLDEN[row])


@pytest.mark.parametrize("row", GOLDEN_V2)
def test_programs_in_the_spelling_of_version_2(row, tmp_path):
    wanted = DIFFERENT["empty_made"] if row == "empty_made" else GOLDEN_V2[row]
    assert gfile_rows.outcome(mainstem.io.gfile, row, tmp_path, gfile_rows.v2) == wanted
