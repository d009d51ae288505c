"""Input data: the readers of published data sets that TensorFlow 1's tutorials shipped."""
