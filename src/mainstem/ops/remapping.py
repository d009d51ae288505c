"""Rows and columns of a saved matrix under new vocabularies: host ops."""

import numpy as np

from mainstem.base import errors
from mainstem.core.registry import op
from mainstem.ops.checkpoint import open_reader, text_of
from mainstem.ops.host import read_file


def _lines(filename):
    return read_file.kernel(filename).item().splitlines()


@op(
    "GenerateVocabRemapping",
    "new_vocab_file:string, old_vocab_file:string -> remapping:int64, num_present:int32",
    host=True,
    shape=lambda inputs, attrs: [(attrs["num_new_vocab"],), ()],
)
def generate_vocab_remapping(
    new_vocab_file, old_vocab_file, *, new_vocab_offset: "int", num_new_vocab: "int", old_vocab_size=-1
):
    """For each of `num_new_vocab` lines of a file its line in another one, or -1; and how many have one."""
    old = _lines(old_vocab_file)
    known = {word: i for i, word in enumerate(old if old_vocab_size < 0 else old[:old_vocab_size])}
    wanted = _lines(new_vocab_file)[new_vocab_offset : new_vocab_offset + num_new_vocab]
    if len(wanted) < num_new_vocab:
        raise errors.InvalidArgumentError(message="lookup table size must be larger than last new vocab entry's line")
    found = np.array([known.get(word, -1) for word in wanted], np.int64)
    return found, np.int32((found >= 0).sum())


@op(
    "LoadAndRemapMatrix",
    "ckpt_path:string, old_tensor_name:string, row_remapping:int64, col_remapping:int64, initializing_values:float32 -> "
    "output_matrix:float32",
    host=True,
    stateful=True,
    shape=lambda inputs, attrs: [(attrs["num_rows"], attrs["num_cols"])],
)
def load_and_remap_matrix(
    ckpt_path,
    old_tensor_name,
    row_remapping,
    col_remapping,
    initializing_values,
    *,
    num_rows: "int",
    num_cols: "int",
    max_rows_in_memory=-1,
):
    """The matrix whose rows and columns are those of a saved one that the mappings name; -1 takes from `initializing_values`.

    An empty `col_remapping` keeps the columns. `max_rows_in_memory` changes nothing: the rows are read in one piece.
    """
    rows = _checked(row_remapping, num_rows, "row_remapping", "num_rows")
    columns = _checked(col_remapping, num_cols, "col_remapping", "num_cols") if len(col_remapping) else np.arange(num_cols)
    with open_reader(text_of(ckpt_path)) as reader:
        old = reader.read(text_of(old_tensor_name))
    for axis, mapping in enumerate((rows, columns)):
        if (mapping >= old.shape[axis]).any():
            raise errors.InternalError(
                message=f"Extent in dimension {axis} out of bounds: shape = {list(old.shape)}, asked for {int(mapping.max())}"
            )
    there = (rows >= 0)[:, None] & (columns >= 0)[None, :]
    lacking = int((~there).sum())
    if len(initializing_values) < lacking:
        raise errors.InvalidArgumentError(
            message=f"initializing_values contained {len(initializing_values)} elements, but more missing values remain."
        )
    out = np.empty((num_rows, num_cols), np.float32)
    out[there] = old[np.maximum(rows, 0)][:, np.maximum(columns, 0)][there]
    out[~there] = np.asarray(initializing_values).reshape(-1)[:lacking]
    return out


def _checked(mapping, size, name, size_name):
    if len(mapping) != size:
        raise errors.InvalidArgumentError(
            message=f"Size of {name} is {len(mapping)} instead of being equal to {size_name}={size}"
        )
    seen = {}
    for new, old in enumerate(mapping.tolist()):
        if old >= 0 and old in seen:
            raise errors.UnimplementedError(
                message=f"Old ID {old} is mapped to both new ID {seen[old]} and {new}, which is not supported."
            )
        seen[old] = new
    return mapping
