"""`tf.contrib.layers`, `tf.contrib.framework` and Slim: layers with argument scopes, model variables and named outputs."""
