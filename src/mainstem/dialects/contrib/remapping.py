"""Initializers that take a saved matrix under new vocabularies: rows and columns that both have move, others start anew."""

import math

from mainstem.base import dtypes
from mainstem.ops import remapping
from mainstem.surface import array, initializers
from mainstem.surface.framework import convert_to_tensor


def _together(what, old, new):
    if bool(old) != bool(new):
        raise ValueError(
            f"old_{what}_vocab_file and new_{what}_vocab_file must both be specified or left unspecified. "
            f"old_{what}_vocab_file='{old}', new_{what}_vocab_file='{new}'"
        )


def load_and_remap_matrix_initializer(
    ckpt_path,
    old_tensor_name,
    new_row_vocab_size,
    new_col_vocab_size,
    old_row_vocab_size=-1,
    old_row_vocab_file=None,
    new_row_vocab_file=None,
    old_col_vocab_file=None,
    new_col_vocab_file=None,
    num_row_oov_buckets=0,
    num_col_oov_buckets=0,
    initializer=None,
    max_rows_in_memory=-1,
):
    """An initializer of a float32 matrix, also of its parts, from a matrix of a checkpoint.

    Args:
        ckpt_path, old_tensor_name: where the matrix was saved.
        new_row_vocab_size, new_col_vocab_size: how many words the rows and columns of the new one stand for.
        old_row_vocab_size: how many lines of the old vocabulary count, -1 for all.
        old_row_vocab_file, new_row_vocab_file: a word a line for each row of the saved and of the new matrix; both or neither.
        old_col_vocab_file, new_col_vocab_file: the same of the columns.
        num_row_oov_buckets, num_col_oov_buckets: further rows and columns at the end.
        initializer: of what was not saved; default: zeros.
        max_rows_in_memory: accepted, and changes nothing.

    Raises ValueError for files that do not go together and, when called, for another shape.
    """
    initializer = initializers.Zeros() if initializer is None else initializer

    def initialize(shape, dtype=dtypes.float32, partition_info=None):
        shape = [int(n) for n in shape]
        if len(shape) != 2:
            raise ValueError(f"Expected 2-dim shape, but received: {shape}")
        if shape[0] <= 0:
            raise ValueError(f"Expected 1st dim of shape to be > 0, but received shape: {shape}")
        if shape[1] != new_col_vocab_size + num_col_oov_buckets:
            raise ValueError(
                f"Expected 2nd dim of shape to be new_col_vocab_size ({new_col_vocab_size}) + num_col_oov_buckets "
                f"({num_col_oov_buckets}) = {new_col_vocab_size + num_col_oov_buckets}, but received shape: {shape}"
            )
        offset = 0 if partition_info is None else partition_info.single_offset(shape)
        if offset + shape[0] > new_row_vocab_size + num_row_oov_buckets:
            raise ValueError(
                f"Trying to initialize {shape[0]} additional rows after {offset} rows have already been initialized, which would exceed "
                f"expected total row count of new_row_vocab_size ({new_row_vocab_size}) + num_row_oov_buckets "
                f"({num_row_oov_buckets}) = {new_row_vocab_size + num_row_oov_buckets}."
            )
        further = min(shape[0], max(0, offset + shape[0] - new_row_vocab_size))
        loaded = shape[0] - further
        if loaded == 0:
            return initializer(shape)
        found = _loaded(
            (ckpt_path, old_tensor_name, max_rows_in_memory), (offset, loaded, new_col_vocab_size), initializer,
            old_row_vocab_size, (old_row_vocab_file, new_row_vocab_file), (old_col_vocab_file, new_col_vocab_file),
        )  # fmt: skip
        if further:
            found = array.concat([found, convert_to_tensor(initializer([further, new_col_vocab_size]))], 0)
        if num_col_oov_buckets:
            found = array.concat([found, convert_to_tensor(initializer([shape[0], num_col_oov_buckets]))], 1)
        return found

    return initialize


def _loaded(source, part, initializer, old_row_vocab_size, row_files, col_files):
    """The rows from `offset` on of the saved matrix under the new vocabularies. Raises ValueError without any vocabulary."""
    (path, name, in_memory), (offset, rows, columns) = source, part
    _together("row", *row_files)
    _together("col", *col_files)
    if not row_files[0] and not col_files[0]:
        raise ValueError(
            "Must provide either row or column vocab files. If no remapping is necessary, consider using "
            "`tf.contrib.framework.init_from_checkpoint` instead."
        )
    row_mapping, rows_there, col_mapping, cols_there = None, rows, [], columns
    if row_files[0]:
        row_mapping, rows_there = remapping.generate_vocab_remapping(
            row_files[1], row_files[0], new_vocab_offset=offset, num_new_vocab=rows, old_vocab_size=old_row_vocab_size
        )
    else:  # a part of the variable begins at its own row
        row_mapping = array.range(offset, offset + rows, dtype=dtypes.int64)
    if col_files[0]:
        col_mapping, cols_there = remapping.generate_vocab_remapping(
            col_files[1], col_files[0], new_vocab_offset=0, num_new_vocab=columns
        )
    started = initializer([rows * columns - rows_there * cols_there, 1])
    return remapping.load_and_remap_matrix(
        path, name, row_mapping, convert_to_tensor(col_mapping, dtypes.int64), started,
        num_rows=rows, num_cols=columns, max_rows_in_memory=in_memory,
    )  # fmt: skip


def load_variable_slot_initializer(
    ckpt_path,
    old_tensor_name,
    primary_partition_info,
    new_row_vocab_size,
    new_col_vocab_size,
    old_row_vocab_file=None,
    new_row_vocab_file=None,
    old_col_vocab_file=None,
    new_col_vocab_file=None,
    num_row_oov_buckets=0,
    num_col_oov_buckets=0,
    initializer=None,
    max_rows_in_memory=-1,
):
    """`load_and_remap_matrix_initializer` for an optimizer's slot, which is parted as its variable: `primary_partition_info`."""
    initialize = load_and_remap_matrix_initializer(
        ckpt_path, old_tensor_name, new_row_vocab_size, new_col_vocab_size, -1, old_row_vocab_file, new_row_vocab_file,
        old_col_vocab_file, new_col_vocab_file, num_row_oov_buckets, num_col_oov_buckets, initializer, max_rows_in_memory,
    )  # fmt: skip
    return lambda shape, dtype=dtypes.float32, partition_info=None: initialize(shape, dtype, primary_partition_info)


def load_embedding_initializer(
    ckpt_path,
    embedding_tensor_name,
    new_vocab_size,
    embedding_dim,
    old_vocab_file,
    new_vocab_file,
    old_vocab_size=-1,
    num_oov_buckets=0,
    initializer=None,
    max_rows_in_memory=-1,
):
    """`load_and_remap_matrix_initializer` for vectors of words; new words start with a truncated normal of 1 / sqrt(embedding_dim)."""
    initializer = initializer or initializers.TruncatedNormal(stddev=1.0 / math.sqrt(embedding_dim))
    return load_and_remap_matrix_initializer(
        ckpt_path, embedding_tensor_name, new_vocab_size, embedding_dim, old_vocab_size, old_vocab_file, new_vocab_file,
        num_row_oov_buckets=num_oov_buckets, initializer=initializer, max_rows_in_memory=max_rows_in_memory,
    )  # fmt: skip


def load_linear_multiclass_bias_initializer(
    ckpt_path,
    bias_tensor_name,
    new_class_vocab_size,
    old_class_vocab_file,
    new_class_vocab_file,
    num_class_oov_buckets=0,
    initializer=None,
    max_rows_in_memory=-1,
):
    """`load_and_remap_matrix_initializer` for biases [classes, 1]; new classes start with zeros."""
    return load_and_remap_matrix_initializer(
        ckpt_path, bias_tensor_name, new_class_vocab_size, 1, -1, old_class_vocab_file, new_class_vocab_file,
        num_row_oov_buckets=num_class_oov_buckets, initializer=initializer, max_rows_in_memory=max_rows_in_memory,
    )  # fmt: skip
