"""Rows of tables: they hold entries, so programs exercise them in tests/surface/test_tables.py; crosses are there, too."""

CASES = []

ELSEWHERE = {
    name: "surface/test_tables.py"
    for name in (
        "HashTableV2", "MutableHashTableV2", "MutableHashTableOfTensorsV2", "LookupTableFindV2", "LookupTableInsertV2",
        "LookupTableRemoveV2", "LookupTableImportV2", "InitializeTableV2", "InitializeTableFromTextFileV2", "LookupTableExportV2",
        "LookupTableSizeV2", "SparseCross",
    )
}  # fmt: skip
ELSEWHERE.update(dict.fromkeys(("SparseFeatureCross", "SparseFeatureCrossV2"), "dialects/test_columns.py"))
