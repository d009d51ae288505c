"""Tables: ops that make a hash table, fill it, ask it and empty it; what they do is in `table_store.py`."""

import numpy as np

from mainstem.core.families import no_outputs, scalar_shape
from mainstem.core.registry import op
from mainstem.ops import table_store

_OPTIONS = {"owner": "table", "host": True, "shape": lambda inputs, attrs: [()]}
_USES = {"host": True, "slots": True}


@op("HashTableV2", "-> resource", **_OPTIONS)
def hash_table(*, container="", shared_name="", use_node_name_sharing=False, key_dtype: "type", value_dtype: "type"):
    """A table that is filled once."""
    return table_store.Table(key_dtype, value_dtype, fixed=True)


@op("MutableHashTableV2", "-> resource", **_OPTIONS)
def mutable_hash_table(*, container="", shared_name="", use_node_name_sharing=False, key_dtype: "type", value_dtype: "type"):
    """A table whose entries come and go; its values are scalars."""
    return table_store.Table(key_dtype, value_dtype)


@op("MutableHashTableOfTensorsV2", "-> resource", **_OPTIONS)
def mutable_hash_table_of_tensors(
    *, container="", shared_name="", use_node_name_sharing=False, key_dtype: "type", value_dtype: "type",
    value_shape: "shape" = (),
):  # fmt: skip
    """A table whose entries come and go; its values are vectors of shape `value_shape`."""
    return table_store.Table(key_dtype, value_dtype, tuple(value_shape or ()))


def _found_shape(inputs, attrs):
    keys, default = inputs[1].shape, inputs[2].shape
    return [None if keys is None or default is None else (*keys, *default)]


@op("LookupTableFindV2", "table_handle:resource, keys:Tin, default_value:Tout -> values:Tout", shape=_found_shape, **_USES)
def lookup_table_find(table_handle, keys, default_value):
    """The values of `keys`, `default_value` for those that the table does not have."""
    return table_handle.value.find(keys, default_value)


@op("LookupTableInsertV2", "table_handle:resource, keys:Tin, values:Tout ->", shape=no_outputs, **_USES)
def lookup_table_insert(table_handle, keys, values):
    """Adds entries, or replaces them."""
    table_handle.value.insert(keys, values)


@op("LookupTableRemoveV2", "table_handle:resource, keys:Tin ->", shape=no_outputs, **_USES)
def lookup_table_remove(table_handle, keys):
    """Takes entries away; keys that are not there are passed over."""
    table_handle.value.remove(keys)


@op("LookupTableImportV2", "table_handle:resource, keys:Tin, values:Tout ->", shape=no_outputs, **_USES)
def lookup_table_import(table_handle, keys, values):
    """Replaces all entries; a table that is filled once is filled by it."""
    table_handle.value.fill(keys, values)


@op("InitializeTableV2", "table_handle:resource, keys:Tkey, values:Tval ->", shape=no_outputs, **_USES)
def initialize_table(table_handle, keys, values):
    """Fills a table that is filled once."""
    table_handle.value.fill(keys, values)


@op("InitializeTableFromTextFileV2", "table_handle:resource, filename:string ->", shape=no_outputs, **_USES)
def initialize_table_from_text_file(
    table_handle, filename, *, key_index: "int", value_index: "int", vocab_size: "int" = -1, delimiter="\t", offset: "int" = 0
):
    """Fills a table from the lines of a file: -2 stands for the whole line, -1 for its number, others for a column.

    Line numbers begin with `offset`.
    """
    table_handle.value.read(filename, key_index, value_index, vocab_size, delimiter, offset)


def _exported_shapes(inputs, attrs):
    return [(None,), None]


@op("LookupTableExportV2", "table_handle:resource -> keys:Tkeys, values:Tvalues", shape=_exported_shapes, **_USES)
def lookup_table_export(table_handle):
    """All keys and their values."""
    return table_handle.value.entries()


@op("LookupTableSizeV2", "table_handle:resource -> size:int64", shape=scalar_shape, **_USES)
def lookup_table_size(table_handle):
    """How many entries the table has."""
    return np.int64(len(table_handle.value))
