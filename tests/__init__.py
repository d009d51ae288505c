"""Tests, in the rooms of the package; `tests.ops` and `tests.golden` are also imported by recorders under Python 3.7."""
