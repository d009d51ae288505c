"""Step statistics and a checkpoint, for this test and for recording with the real TensorFlow (Python 3.7 reads this too)."""

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
# device: (node, label, start, duration, bytes of each output)
STEPS = {
    CPU: [
        ("_SOURCE", "unknown", 1000, 1, ()),
        ("a", "a = Const()", 1001, 5, (8,)),
        ("b", "b = Const()", 1003, 5, (16,)),
        ("scope/c", "scope/c = MatMul(a, b)", 1010, 10, (8, 8)),
        ("d", "d = Add(scope/c:1, ^b)", 1025, 2, ()),
        ("wide", "wide = AddN(a, b, d)", 1026, 9, (4,)),
        ("late", "late = Neg(wide)", 1030, 2, ()),
        ("odd", "just text", 1040, 0, ()),
    ],
    CPU.replace("CPU", "GPU") + "/stream:all": [("e", "e = MatMul(d, a)", 1031, 3, ())],
    "/device:GPU:0/memcpy": [("edge_5_x", "[memcpy] edge = MEMCPYHtoD(d)", 1031, 3, ())],
}
OPTIONS = [{}, {"show_dataflow": False}, {"show_dataflow": False, "show_memory": True}, {"show_memory": True}]
PRINTED = [
    {"tensor_name": "", "all_tensors": True},
    {"tensor_name": "b/w", "all_tensors": False},
    {"tensor_name": "", "all_tensors": False},
    {"tensor_name": "", "all_tensors": False, "all_tensor_names": True},
    {"tensor_name": "", "all_tensors": True, "count_exclude_pattern": "t|a"},
    {"tensor_name": "b/w", "all_tensors": True, "all_tensor_names": True},
]


def stats(message):
    """Fills a StepStats message."""
    for device, nodes in STEPS.items():
        made = message.dev_stats.add(device=device)
        for name, label, start, duration, sizes in nodes:
            node = made.node_stats.add(node_name=name, timeline_label=label, all_start_micros=start)
            node.op_end_rel_micros = node.all_end_rel_micros = duration
            for slot, size in enumerate(sizes):
                description = node.output.add(slot=slot).tensor_description
                description.dtype = 1
                description.shape.dim.add(size=2)
                description.allocation_description.requested_bytes = size
                description.allocation_description.allocator_name = "cpu" if slot == 0 else "gpu"
    return message


def checkpoint(np):
    """The variables of a checkpoint."""
    return {"b/w": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.int64(7), "t": [b"x", b"y"]}
