"""Eager mode: tensors that hold their values, and the builder that runs an op as it is called."""
