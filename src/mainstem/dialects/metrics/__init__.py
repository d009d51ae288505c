"""`tf.metrics`: values that are followed over many runs, each with local variables, a tensor that reads and one that updates them."""
