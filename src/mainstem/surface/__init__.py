"""Functions in TensorFlow's spelling: argument names, defaults, v1 twins; each ends in op calls."""
