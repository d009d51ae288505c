"""Bytes to plain records and back: tensors, bundles, TFRecord, event files, GraphDef. Knows nothing of JAX or of graphs."""
