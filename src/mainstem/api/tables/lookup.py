"""The public names of look-up tables."""

from mainstem.api.rows import both, v1, v2
from mainstem.surface import tables, vocabularies

_CONTRIB = {
    tables: (
        "FastHashSpec HashTable HasherSpec IdTableWithHashBuckets InitializableLookupTableBase KeyValueTensorInitializer "
        "LookupInterface MutableDenseHashTable MutableHashTable StrongHashSpec TableInitializerBase TextFileIdTableInitializer "
        "TextFileIndex TextFileInitializer TextFileStringTableInitializer"
    ),
    vocabularies: (
        "index_table_from_file index_to_string index_to_string_table_from_file index_to_string_table_from_tensor "
        "string_to_index string_to_index_table_from_file string_to_index_table_from_tensor"
    ),
}

for name in ["KeyValueTensorInitializer", "StaticHashTable", "StaticVocabularyTable", "TextFileIndex", "TextFileInitializer"]:
    both(getattr(tables, name), f"lookup.{name}")
both(tables.MutableDenseHashTable, "lookup.experimental.DenseHashTable")
v2(tables.MutableHashTable, "lookup.experimental.MutableHashTable")
for module, names in _CONTRIB.items():
    for name in names.split():
        v1(getattr(module, name), f"contrib.lookup.{name}")
        both(getattr(module, name), f"python.ops.lookup_ops.{name}")
v1(vocabularies.index_table_from_tensor_v1, "contrib.lookup.index_table_from_tensor")
both(vocabularies.index_table_from_tensor, "python.ops.lookup_ops.index_table_from_tensor")
