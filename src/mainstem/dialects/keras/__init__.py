"""`tf.keras` as TensorFlow 1.15 has it: layers, models, their training, callbacks and files."""
