"""The bottom room: errors, dtypes, shapes, nested structures, names. Standard library and NumPy only."""
