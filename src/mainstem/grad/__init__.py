"""Gradients of graphs: one VJP node an op, rules of TensorFlow's own where a gradient is sparse or the user gave one."""
