"""Tables made from vocabularies in one call: words to their numbers and back, of `tf.contrib.lookup`."""

from mainstem.base import dtypes
from mainstem.surface import array, math
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.tables import (
    FastHashSpec,
    HashTable,
    IdTableWithHashBuckets,
    KeyValueTensorInitializer,
    TextFileIdTableInitializer,
    TextFileIndex,
    TextFileStringTableInitializer,
    filename_given,
)


def index_table_from_file(
    vocabulary_file=None,
    num_oov_buckets=0,
    vocab_size=None,
    default_value=-1,
    hasher_spec=FastHashSpec,
    key_dtype=dtypes.string,
    name=None,
    key_column_index=TextFileIndex.WHOLE_LINE,
    value_column_index=TextFileIndex.LINE_NUMBER,
    delimiter="\t",
):
    """A table from the words of a file, one a line, to their numbers.

    Unknown words have one of `num_oov_buckets` further numbers, or `default_value` without buckets; see `TextFileInitializer`
    for the rest. Raises ValueError or TypeError for arguments that do not fit.
    """
    if vocabulary_file is None or not filename_given(vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    _check_buckets(num_oov_buckets, vocab_size)
    key_dtype = dtypes.as_dtype(key_dtype)
    if key_dtype != dtypes.string and not key_dtype.is_integer:
        raise TypeError("Only integer and string keys are supported.")
    with name_scope(name, "string_to_index"), name_scope(None, "hash_table"):
        table = HashTable(
            TextFileIdTableInitializer(
                vocabulary_file,
                key_column_index,
                value_column_index,
                vocab_size,
                delimiter,
                "table_init",
                dtypes.int64 if key_dtype.is_integer else key_dtype,
            ),
            default_value,
        )
    if num_oov_buckets or key_dtype not in (dtypes.string, dtypes.int64):
        return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, name=None, key_dtype=key_dtype)
    return table


def _check_buckets(num_oov_buckets, vocab_size=None):
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")


def index_table_from_tensor(
    vocabulary_list, num_oov_buckets=0, default_value=-1, hasher_spec=FastHashSpec, dtype=dtypes.string, name=None
):
    """A table from the entries of a vector to their positions; see `index_table_from_file`."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    return _from_tensor(vocabulary_list, num_oov_buckets, default_value, hasher_spec, dtype, name)


def index_table_from_tensor_v1(
    mapping, num_oov_buckets=0, default_value=-1, hasher_spec=FastHashSpec, dtype=dtypes.string, name=None
):
    """A table from the entries of a vector to their positions; see `index_table_from_file`."""
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return _from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, dtype, name)


def _from_tensor(words, num_oov_buckets, default_value, hasher_spec, dtype, name):
    _check_buckets(num_oov_buckets)
    dtype = dtypes.as_dtype(dtype)
    if dtype != dtypes.string and not dtype.is_integer:
        raise TypeError("Only integer and string keys are supported.")
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(words)
        if keys.dtype.is_integer != dtype.is_integer:
            kind = "integer" if dtype.is_integer else dtype.name
            raise ValueError(f"Expected {kind}, got {keys.dtype.base_dtype.name} keys.")
        count = array.size_v1(keys)
        values = math.cast(array.range(count), dtypes.int64)
        kept = dtypes.int64 if dtype.is_integer else dtypes.string
        keys = math.cast(keys, dtypes.int64) if dtype.is_integer and keys.dtype.base_dtype != dtypes.int64 else keys
        with name_scope(None, "hash_table"):
            start = KeyValueTensorInitializer(keys, values, kept, dtypes.int64, name="table_init")
            table = HashTable(start, default_value)
    if num_oov_buckets or dtype not in (dtypes.string, dtypes.int64):
        return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, key_dtype=dtype)
    return table


def index_to_string_table_from_file(
    vocabulary_file,
    vocab_size=None,
    default_value="UNK",
    name=None,
    key_column_index=TextFileIndex.LINE_NUMBER,
    value_column_index=TextFileIndex.WHOLE_LINE,
    delimiter="\t",
):
    """A table from line numbers of a file to its words. Raises ValueError for no file or another size."""
    if not filename_given(vocabulary_file):
        raise ValueError("vocabulary_file must be specified.")
    _check_buckets(0, vocab_size)
    with name_scope(name, "index_to_string"):
        start = TextFileStringTableInitializer(
            vocabulary_file, key_column_index, value_column_index, vocab_size, delimiter, "table_init"
        )
        return HashTable(start, default_value)


def index_to_string_table_from_tensor(mapping, default_value="UNK", name=None):
    """A table from positions of a vector of words to them. Raises ValueError for no vector."""
    if mapping is None:
        raise ValueError("mapping must be specified.")
    with name_scope(name, "index_to_string"):
        values = convert_to_tensor(mapping, dtypes.string)
        keys = math.cast(array.range(array.size_v1(values)), dtypes.int64)
        return HashTable(KeyValueTensorInitializer(keys, values, dtypes.int64, dtypes.string, name="table_init"), default_value)


def string_to_index(tensor, mapping, default_value=-1, name=None):
    """The positions of words in a vector `mapping`."""
    return index_table_from_tensor_v1(mapping, default_value=default_value, name=name).lookup(tensor)


def index_to_string(tensor, mapping, default_value="UNK", name=None):
    """The words of a vector `mapping` at positions."""
    return index_to_string_table_from_tensor(mapping, default_value=default_value, name=name).lookup(tensor)


def string_to_index_table_from_file(
    vocabulary_file=None, num_oov_buckets=0, vocab_size=None, default_value=-1, hasher_spec=FastHashSpec, name=None
):
    """The older name of `index_table_from_file`."""
    return index_table_from_file(vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, name=name)


def string_to_index_table_from_tensor(mapping, num_oov_buckets=0, default_value=-1, hasher_spec=FastHashSpec, name=None):
    """The older name of `index_table_from_tensor`."""
    return index_table_from_tensor_v1(mapping, num_oov_buckets, default_value, hasher_spec, name=name)
