"""Saved matrices under new vocabularies, and kernels that keep lengths, against TensorFlow 1.15 (golden/record_layers.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import remapping_programs

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "remapping.json").read_text())


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return remapping_programs.prepare(tf, str(tmp_path_factory.mktemp("remapping")))


@pytest.mark.parametrize("program", remapping_programs.PROGRAMS)
def test_matrices_move_as_in_tensorflow(program, paths):
    assert remapping_programs.outcome(tf, remapping_programs.PROGRAMS[program], paths) == RECORD["matrices"][program]


@pytest.mark.parametrize("program", remapping_programs.ERRORS)
def test_wrong_programs_raise_the_same(program, paths):
    assert remapping_programs.failure(tf, remapping_programs.ERRORS[program], paths) == RECORD["errors"][program]


def test_kernels_that_keep_lengths():
    for name, kernel in remapping_programs.kernels(tf).items():
        np.testing.assert_allclose(kernel, RECORD["kernels"][name], rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name, shape", remapping_programs.KERNEL_ERRORS.values(), ids=remapping_programs.KERNEL_ERRORS)
def test_kernels_of_wrong_shapes_are_refused(name, shape):
    with pytest.raises(ValueError, match="initialize|filters|sizes"):
        getattr(tf.contrib.framework, f"convolutional_{name}")()(shape, tf.float32)


def test_a_mapping_uses_each_old_row_once(paths):
    load = tf.raw_ops.LoadAndRemapMatrix
    given = {"ckpt_path": paths["checkpoint"], "old_tensor_name": "m", "col_remapping": np.zeros(0, np.int64)}
    given.update(initializing_values=np.zeros(0, np.float32), num_rows=2, num_cols=4)

    def run(rows):
        with tf.Session() as session:
            return session.run(load(row_remapping=np.array(rows, np.int64), **given))

    assert run([1, 0]).tolist() == [[4, 5, 6, 7], [0, 1, 2, 3]]
    with pytest.raises(tf.errors.UnimplementedError, match="Old ID 1 is mapped to both new ID 0 and 1"):
        run([1, 1])
    with pytest.raises(tf.errors.InternalError, match=r"Extent in dimension 0 out of bounds: shape = \[5, 4\]"):
        run([1, 7])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Size of row_remapping is 1 instead of being equal to num_rows=2"):
        run([1])
    with pytest.raises(tf.errors.InvalidArgumentError, match="initializing_values contained 0 elements"):
        run([1, -1])


def test_where_new_words_were_in_the_old_vocabulary(tmp_path):
    (tmp_path / "new").write_text("a\nb\nc\nd\n")
    (tmp_path / "old").write_text("c\na\nx\nd\n")
    files = {"new_vocab_file": str(tmp_path / "new"), "old_vocab_file": str(tmp_path / "old")}
    all_words = tf.raw_ops.GenerateVocabRemapping(new_vocab_offset=0, num_new_vocab=4, **files)
    some = tf.raw_ops.GenerateVocabRemapping(new_vocab_offset=1, num_new_vocab=3, old_vocab_size=2, **files)
    with tf.Session() as session:  # the values of TensorFlow 1.15
        assert [v.tolist() for v in session.run(all_words)] == [[1, -1, 0, 3], 3]
        assert [v.tolist() for v in session.run(some)] == [[-1, 0, -1], 1]
