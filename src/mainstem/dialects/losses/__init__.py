"""`tf.losses`: losses with weights, reductions and the graph's collection of losses."""
