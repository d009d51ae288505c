"""`tf.layers`: layers as objects and functions, under TensorFlow 1.15's names, defaults and variable names."""
