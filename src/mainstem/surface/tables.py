"""Look-up tables: `tf.lookup`, `tf.contrib.lookup` and what fills their tables."""

import collections
import uuid

from mainstem.base import dtypes
from mainstem.eager.context import executing_eagerly
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import string as string_ops
from mainstem.ops import tables as ops
from mainstem.state.trackable import AutoTrackable
from mainstem.surface import masking, math, string
from mainstem.surface.framework import convert_to_tensor, name_scope


class HasherSpec(collections.namedtuple("HasherSpec", ["hasher", "key"])):
    """How words that a table does not have get their bucket: `hasher` is "fasthash" or "stronghash", with a `key`."""

    __slots__ = ()


FastHashSpec = HasherSpec("fasthash", None)


class StrongHashSpec(HasherSpec):
    """The hash with a secret `key`, a list of two unsigned 64-bit integers. Raises ValueError or TypeError for another key."""

    __slots__ = ()

    def __new__(cls, key):
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {key}.")
        if not all(isinstance(k, int) for k in key):
            raise TypeError(f"Invalid key {key}. Must be unsigned integer values.")
        return super().__new__(cls, "stronghash", key)


class TextFileIndex:
    """What a column of a text file is: the whole line, or its number."""

    WHOLE_LINE, LINE_NUMBER = -2, -1


class LookupInterface(AutoTrackable):
    """What tables have in common: the dtypes of keys and values, `lookup` and `size`."""

    def __init__(self, key_dtype, value_dtype):
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)

    key_dtype = property(lambda self: self._key_dtype, doc="The dtype of keys.")
    value_dtype = property(lambda self: self._value_dtype, doc="The dtype of values.")

    @property
    def name(self):
        """The table's name."""
        raise NotImplementedError

    @property
    def resource_handle(self):
        """The handle of the table."""
        raise NotImplementedError

    def size(self, name=None):
        """How many entries the table has, a scalar int64 tensor."""
        raise NotImplementedError

    def lookup(self, keys, name=None):
        """The values of `keys`."""
        raise NotImplementedError

    def __getitem__(self, keys):
        return self.lookup(keys)


def _of_keys(keys, function):
    """`function` of a tensor, or of the values of a SparseTensor."""
    if isinstance(keys, SparseTensor):
        return SparseTensor(keys.indices, function(keys.values), keys.dense_shape)
    return function(keys)


def _checked(keys, dtype):
    if keys.dtype.base_dtype != dtype:
        raise TypeError(f"Signature mismatch. Keys must be dtype {dtype!r}, got {keys.dtype.base_dtype!r}.")
    return keys


class _Table(LookupInterface):
    """A table behind a handle."""

    _label = "hash_table"

    name = property(lambda self: self._name, doc="The table's name.")
    resource_handle = property(lambda self: self._handle, doc="The handle of the table.")

    def size(self, name=None):
        """How many entries the table has, a scalar int64 tensor."""
        with name_scope(name, f"{self.name}_Size", [self._handle]):
            return ops.lookup_table_size(self._handle)

    def export(self, name=None):
        """(keys, values): all entries."""
        with name_scope(name, f"{self.name}_export_values", [self._handle]):
            keys, values = ops.lookup_table_export(self._handle, Tkeys=self.key_dtype, Tvalues=self.value_dtype)
            return keys, values

    def _find(self, keys, name, label):
        with name_scope(name, f"{self.name}_{label}", [self._handle, keys, self._default_value]):
            return ops.lookup_table_find(self._handle, keys, self._default_value)


class InitializableLookupTableBase(_Table):
    """A table that an initializer fills once, in `tf.tables_initializer`; in eager mode at once."""

    def __init__(self, default_value, initializer):
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = convert_to_tensor(default_value, dtype=self._value_dtype)
        self._name = getattr(self, "_name", "hash_table")
        self._initializer = initializer
        self._init_op = initializer.initialize(self)

    default_value = property(lambda self: self._default_value, doc="The value of keys that the table does not have.")

    @property
    def initializer(self):
        """The operation that fills the table."""
        return self._init_op

    init = initializer

    def lookup(self, keys, name=None):
        """The values of `keys`, a tensor or SparseTensor. Raises TypeError for keys of another dtype."""
        keys = keys if isinstance(keys, SparseTensor) else convert_to_tensor(keys)
        _checked(keys, self._key_dtype)
        return _of_keys(keys, lambda k: self._find(k, name, "Lookup"))


class StaticHashTable(InitializableLookupTableBase):
    """A table that is filled once by `initializer`; other keys have `default_value`.

    `experimental_is_anonymous` has no effect: each table has a name of its own here, unless its initializer shares one.
    """

    def __init__(self, initializer, default_value, name=None, experimental_is_anonymous=False):
        self._made(initializer, default_value, name, None)

    def _made(self, initializer, default_value, name, shared_name):
        self._name = name or "hash_table"
        shared = shared_name or getattr(initializer, "_shared_name", None) or f"hash_table_{uuid.uuid4()}"
        default = convert_to_tensor(default_value, dtype=initializer.value_dtype)
        self._handle = ops.hash_table(
            shared_name=shared, key_dtype=initializer.key_dtype, value_dtype=initializer.value_dtype, name=self._name
        )
        InitializableLookupTableBase.__init__(self, default, initializer)


class HashTable(StaticHashTable):
    """`StaticHashTable` of `tf.contrib.lookup`, which may be shared by name."""

    def __init__(self, initializer, default_value, shared_name=None, name=None):
        self._made(initializer, default_value, name, shared_name)


class TableInitializerBase(AutoTrackable):
    """What fills a table."""

    def __init__(self, key_dtype, value_dtype):
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)

    key_dtype = property(lambda self: self._key_dtype, doc="The dtype of keys.")
    value_dtype = property(lambda self: self._value_dtype, doc="The dtype of values.")

    def initialize(self, table):
        """The operation that fills `table`."""
        raise NotImplementedError

    def _fits(self, table):
        if (table.key_dtype, table.value_dtype) != (self.key_dtype, self.value_dtype):
            raise TypeError(
                f"Invalid key/value dtypes, expected {self.key_dtype!r}/{self.value_dtype!r} but got "
                f"{table.key_dtype!r}/{table.value_dtype!r}."
            )


def noted(op):
    if not executing_eagerly():
        get_default_graph().add_to_collection(GraphKeys.TABLE_INITIALIZERS, op)
    return op


class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table with `keys` and `values`, two vectors of one length."""

    def __init__(self, keys, values, key_dtype=None, value_dtype=None, name=None):
        self._keys = convert_to_tensor(keys, dtype=key_dtype, name="keys")
        self._values = convert_to_tensor(values, dtype=value_dtype, name="values")
        self._name = name or "key_value_init"
        super().__init__(self._keys.dtype.base_dtype, self._values.dtype.base_dtype)

    def initialize(self, table):
        """The operation that fills `table`. Raises TypeError when its dtypes are others."""
        self._fits(table)
        with name_scope(self._name, values=[table.resource_handle, self._keys, self._values]):
            return noted(ops.lookup_table_import(table.resource_handle, self._keys, self._values))


class TextFileInitializer(TableInitializerBase):
    """Fills a table from the lines of a text file.

    Args:
        filename: a name, or a string tensor.
        key_dtype, value_dtype: of the table.
        key_index, value_index: a column, `TextFileIndex.WHOLE_LINE` or `TextFileIndex.LINE_NUMBER`.
        vocab_size: how many lines are read; None: all.
        delimiter: between columns.
        name: of the operations.
        value_index_offset: is added to line numbers that are values.

    Raises ValueError for dtypes that an index cannot have.
    """

    def __init__(
        self, filename, key_dtype, key_index, value_dtype, value_index, vocab_size=None, delimiter="\t", name=None,
        value_index_offset=0,
    ):  # fmt: skip
        key_dtype, value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)
        if filename is None or not filename_given(filename):
            raise ValueError(f"Filename required for {name}.")
        for what, index, dtype in (("Key", key_index, key_dtype), ("Value", value_index, value_dtype)):
            if index < -2:
                raise ValueError(f"Invalid {what.lower()} index {index}.")
            if index == TextFileIndex.LINE_NUMBER and dtype != dtypes.int64:
                raise ValueError(f"Signature mismatch. {what}s must be dtype {dtypes.int64!r}, got {dtype!r}.")
            if index == TextFileIndex.WHOLE_LINE and not (dtype.is_integer or dtype == dtypes.string):
                raise ValueError(f"Signature mismatch. {what}s must be integer or string, got {dtype!r}.")
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._filename, self._key_index, self._value_index = filename, key_index, value_index
        self._vocab_size, self._delimiter, self._name, self._offset = vocab_size, delimiter, name, value_index_offset
        shown = filename if isinstance(filename, str) else getattr(filename, "name", str(filename))
        sized = f"{vocab_size}_" if vocab_size else ""
        self._shared_name = f"hash_table_{shown}_{sized}{key_index}_{value_index}"
        if value_index_offset:
            self._shared_name += f"_{value_index_offset}"
        super().__init__(key_dtype, value_dtype)

    def initialize(self, table):
        """The operation that fills `table`. Raises TypeError when its dtypes are others."""
        self._fits(table)
        with name_scope(self._name, "text_file_init", [table.resource_handle]):
            filename = convert_to_tensor(self._filename, dtypes.string, name="asset_filepath")
            made = ops.initialize_table_from_text_file(
                table.resource_handle,
                filename,
                key_index=self._key_index,
                value_index=self._value_index,
                vocab_size=-1 if self._vocab_size is None else self._vocab_size,
                delimiter=self._delimiter,
                offset=self._offset,
            )
        if not executing_eagerly():
            get_default_graph().add_to_collection(GraphKeys.ASSET_FILEPATHS, filename)
        return noted(made)


def filename_given(filename):
    """Whether a file name, or a tensor of one, is more than an empty string."""
    return not isinstance(filename, (str, bytes)) or bool(filename)


class TextFileStringTableInitializer(TextFileInitializer):
    """Fills a table from line numbers to words."""

    def __init__(
        self,
        filename,
        key_column_index=TextFileIndex.LINE_NUMBER,
        value_column_index=TextFileIndex.WHOLE_LINE,
        vocab_size=None,
        delimiter="\t",
        name="text_file_string_table_init",
    ):
        super().__init__(
            filename, dtypes.int64, key_column_index, dtypes.string, value_column_index, vocab_size, delimiter, name
        )


class TextFileIdTableInitializer(TextFileInitializer):
    """Fills a table from words to line numbers."""

    def __init__(
        self,
        filename,
        key_column_index=TextFileIndex.WHOLE_LINE,
        value_column_index=TextFileIndex.LINE_NUMBER,
        vocab_size=None,
        delimiter="\t",
        name="text_file_id_table_init",
        key_dtype=dtypes.string,
    ):
        super().__init__(filename, key_dtype, key_column_index, dtypes.int64, value_column_index, vocab_size, delimiter, name)


class IdTableWithHashBuckets(LookupInterface):
    """A table of ids in which every unknown key has one of `num_oov_buckets` further ids, by its hash.

    `table` may be None: then every key is hashed. Raises TypeError and ValueError for a table that has no int64 values, or keys
    that cannot be hashed.
    """

    def __init__(self, table, num_oov_buckets, hasher_spec=FastHashSpec, name=None, key_dtype=None):
        if table is not None:
            key_dtype = table.key_dtype if key_dtype is None else key_dtype
            if table.value_dtype != dtypes.int64:
                raise TypeError(f"Invalid value_dtype: expected {dtypes.int64!r} but got {table.value_dtype!r}.")
        elif num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0 if no table is supplied.")
        key_dtype = dtypes.string if key_dtype is None else dtypes.as_dtype(key_dtype)
        if key_dtype != dtypes.string and not key_dtype.is_integer:
            raise TypeError("Invalid key_dtype, expected integer or string.")
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(f"hasher_spec must be of type HasherSpec, got {hasher_spec}")
        super().__init__(key_dtype, dtypes.int64)
        self._table, self._num_oov_buckets, self._hasher_spec = table, num_oov_buckets, hasher_spec
        self._name = name or (table.name if table is not None else "string_to_hash_bucket")

    name = property(lambda self: self._name, doc="The table's name.")

    @property
    def initializer(self):
        """The operation that fills the table below, None without one."""
        return self._table.initializer if self._table is not None else None

    init = initializer

    @property
    def resource_handle(self):
        """The handle of the table below, None without one."""
        return self._table.resource_handle if self._table is not None else None

    def size(self, name=None):
        """How many ids there are."""
        with name_scope(name, f"{self.name}_Size"):
            buckets = convert_to_tensor(self._num_oov_buckets, dtype=dtypes.int64)
            return buckets if self._table is None else self._table.size() + buckets

    def _hashed(self, keys, name):
        if self._hasher_spec.hasher == "fasthash":
            return string_ops.string_to_hash_bucket_fast(keys, num_buckets=self._num_oov_buckets, name=name)
        if self._hasher_spec.hasher == "stronghash":
            return string_ops.string_to_hash_bucket_strong(
                keys, num_buckets=self._num_oov_buckets, key=self._hasher_spec.key, name=name
            )
        raise ValueError(f"Unknown hasher {self._hasher_spec.hasher}")

    def lookup(self, keys, name=None):
        """The ids of `keys`, a tensor or SparseTensor. Raises TypeError for keys of another dtype."""
        keys = keys if isinstance(keys, SparseTensor) else convert_to_tensor(keys)
        _checked(keys, self._key_dtype)
        inner = dtypes.int64 if self._table is not None and self._table.key_dtype == dtypes.int64 else None

        def found(values):
            if inner is not None and values.dtype.base_dtype != inner:
                values = math.cast(values, inner)
            if self._num_oov_buckets == 0:
                return self._table.lookup(values, name)
            with name_scope(name, f"{self.name}_Lookup"):
                words = values if values.dtype.base_dtype == dtypes.string else string.as_string(values)
                buckets = self._hashed(words, "hash_bucket")
                if self._table is None:
                    return buckets
                ids = self._table.lookup(values)
                offset = math.add(buckets, self._table.size())
                known = math.not_equal(ids, self._table.default_value)
                return masking.where(known, ids, offset)

        return _of_keys(keys, found)


class StaticVocabularyTable(IdTableWithHashBuckets):
    """A table of ids with buckets for unknown keys, whose ids follow those of `initializer`.

    Raises TypeError and ValueError for an initializer without int64 values, or fewer than one bucket.
    """

    def __init__(self, initializer, num_oov_buckets, lookup_key_dtype=None, name=None, experimental_is_anonymous=False):
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        table = None
        if initializer is not None:
            if initializer.value_dtype != dtypes.int64:
                raise TypeError(f"Invalid value_dtype: expected {dtypes.int64!r} but got {initializer.value_dtype!r}.")
            table = StaticHashTable(initializer, default_value=-1)
            lookup_key_dtype = lookup_key_dtype or initializer.key_dtype
        super().__init__(table, num_oov_buckets, name=name, key_dtype=lookup_key_dtype)


class MutableHashTable(_Table):
    """A table whose entries come and go; other keys have `default_value`, a scalar or a vector as all values are.

    Args:
        key_dtype, value_dtype: of the entries.
        default_value: of keys that the table does not have.
        name: of the table.
        checkpoint: accepted; tables are not part of checkpoints here.
    """

    def __init__(
        self, key_dtype, value_dtype, default_value, name="MutableHashTable", checkpoint=True, experimental_is_anonymous=False
    ):
        super().__init__(key_dtype, value_dtype)
        self._default_value = convert_to_tensor(default_value, dtype=self._value_dtype)
        shape = self._default_value.shape.as_list()
        shared = f"table_{uuid.uuid4()}" if executing_eagerly() else ""
        options = {"key_dtype": self._key_dtype, "value_dtype": self._value_dtype, "shared_name": shared, "name": name}
        options["use_node_name_sharing"] = True
        if shape:
            self._handle = ops.mutable_hash_table_of_tensors(value_shape=shape, **options)
        else:
            self._handle = ops.mutable_hash_table(**options)
        self._name = name if executing_eagerly() else self._handle.op.name.rpartition("/")[2]

    def lookup(self, keys, name=None):
        """The values of `keys`. Raises TypeError for keys of another dtype."""
        keys = _checked(convert_to_tensor(keys), self._key_dtype)
        return self._find(keys, name, "lookup_table_find")

    def insert(self, keys, values, name=None):
        """The operation that adds entries, or replaces them."""
        with name_scope(name, f"{self.name}_lookup_table_insert", [self._handle, keys, values]):
            keys = convert_to_tensor(keys, self._key_dtype, name="keys")
            return ops.lookup_table_insert(self._handle, keys, convert_to_tensor(values, self._value_dtype, name="values"))

    def remove(self, keys, name=None):
        """The operation that takes entries away. Raises TypeError for keys of another dtype."""
        keys = _checked(convert_to_tensor(keys), self._key_dtype)
        with name_scope(name, f"{self.name}_lookup_table_remove", [self._handle, keys]):
            return ops.lookup_table_remove(self._handle, keys)


class MutableDenseHashTable(MutableHashTable):
    """`MutableHashTable` with two keys that nothing may have: `empty_key` and `deleted_key`.

    Args:
        key_dtype, value_dtype, default_value, name, checkpoint: as of `MutableHashTable`.
        empty_key, deleted_key: must differ.
        initial_num_buckets: accepted; this table is a dictionary, which grows by itself.
    """

    def __init__(
        self,
        key_dtype,
        value_dtype,
        default_value,
        empty_key,
        deleted_key,
        initial_num_buckets=None,
        name="MutableDenseHashTable",
        checkpoint=True,
        experimental_is_anonymous=False,
    ):
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)
        self._empty_key, self._deleted_key = (convert_to_tensor(k, self._key_dtype) for k in (empty_key, deleted_key))

    insert_or_assign = MutableHashTable.insert
    erase = MutableHashTable.remove
