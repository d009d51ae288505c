"""The public names of look-up tables."""

from mainstem.api.rows import both, v1, v2
from mainstem.surface import tables

_CONTRIB = (
    "FastHashSpec HashTable HasherSpec IdTableWithHashBuckets InitializableLookupTableBase KeyValueTensorInitializer "
    "LookupInterface MutableDenseHashTable MutableHashTable StrongHashSpec TableInitializerBase TextFileIdTableInitializer "
    "TextFileIndex TextFileInitializer TextFileStringTableInitializer index_table_from_file index_to_string "
    "index_to_string_table_from_file index_to_string_table_from_tensor string_to_index string_to_index_table_from_file "
    "string_to_index_table_from_tensor"
)

for name in ["KeyValueTensorInitializer", "StaticHashTable", "StaticVocabularyTable", "TextFileIndex", "TextFileInitializer"]:
    both(getattr(tables, name), f"lookup.{name}")
both(tables.MutableDenseHashTable, "lookup.experimental.DenseHashTable")
v2(tables.MutableHashTable, "lookup.experimental.MutableHashTable")
for name in _CONTRIB.split():
    v1(getattr(tables, name), f"contrib.lookup.{name}")
    both(getattr(tables, name), f"python.ops.lookup_ops.{name}")
v1(tables.index_table_from_tensor_v1, "contrib.lookup.index_table_from_tensor")
both(tables.index_table_from_tensor, "python.ops.lookup_ops.index_table_from_tensor")
