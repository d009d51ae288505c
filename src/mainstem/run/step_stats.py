"""`RunMetadata.step_stats` of a traced run: one record an operation, in TensorFlow's protocol buffers."""

import numpy as np

from mainstem.formats import protos


class Recorder:
    """Collects what `lower.timed` sees into a StepStats message."""

    def __init__(self):
        self.stats = protos.StepStats()
        self.device = self.stats.dev_stats.add(device="/job:localhost/replica:0/task:0/device:CPU:0")

    def __call__(self, op, start, end, outputs):
        node = self.device.node_stats.add(
            node_name=op.name, timeline_label=f"{op.name} = {op.type}({', '.join(t.op.name for t in op.inputs)})"
        )
        node.all_start_micros = int(start * 1e6)
        node.op_end_rel_micros = node.all_end_rel_micros = max(1, int((end - start) * 1e6))
        node.op_end_rel_nanos = node.all_end_rel_nanos = int((end - start) * 1e9)
        for slot, value in enumerate(outputs):
            if value is None or np.asarray(value).dtype == object:
                continue
            out = node.output.add(slot=slot)
            out.tensor_description.dtype = op.outputs[slot].dtype.base_dtype.as_datatype_enum
            for d in np.shape(value):
                out.tensor_description.shape.dim.add(size=d)
            out.tensor_description.allocation_description.requested_bytes = np.asarray(value).nbytes
