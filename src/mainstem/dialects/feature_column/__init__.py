"""`tf.feature_column`: what a feature is, from what is read to what a model takes."""
