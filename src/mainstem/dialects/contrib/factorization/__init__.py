"""`tf.contrib.factorization`: clustering."""
