"""The callers of the core: Session (graph mode), eager execution, tf.function."""
