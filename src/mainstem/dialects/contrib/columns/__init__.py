"""The feature columns of `tf.contrib.layers`, which came before `tf.feature_column`."""
