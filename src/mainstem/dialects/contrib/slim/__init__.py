"""`tf.contrib.slim` beside its layers: learning, evaluation, data, queues, summaries, the model analyzer."""
