"""`tf.contrib.training`: train ops and loops, evaluation, hyperparameters, sampling and bucketing of a stream of examples."""
