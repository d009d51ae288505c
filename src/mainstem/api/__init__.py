"""The public names: one table of real objects, and the loader that makes modules of it."""
