"""`Timeline`: the step statistics of a traced run as JSON that Chrome's trace viewer (`chrome://tracing`) and Perfetto show."""

import json
import re

_LABEL = re.compile(r"(.*) = (.*?)\((.*)\)$", re.S)


class Timeline:
    """The trace of one run. `step_stats` is `RunMetadata.step_stats`; `graph` is taken and not needed."""

    def __init__(self, step_stats, graph=None):
        self._stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow=True, show_memory=False):
        """Gives the trace as text: a row a device and lane, an arrow from a producer to its consumers, counters of memory."""
        trace = _Trace(show_dataflow, show_memory)
        for device in self._stats.dev_stats:
            trace.add_device(device)
        for device in self._stats.dev_stats:
            trace.add_operations(device)
        return json.dumps({"traceEvents": trace.metadata + trace.tensors + trace.events + trace.memory()}, indent=4)


class _Tensor:
    """A tensor's life: who made it where, how many bytes, when it was read."""

    def __init__(self, number, name, lane, pid, node, description):
        self.number, self.name, self.lane, self.pid = number, name, lane, pid
        self.start, self.end = node.all_start_micros, node.all_start_micros + node.all_end_rel_micros
        self.description, self.reads = description, []


class _Trace:
    """The events of a trace. A device has two processes, its operations and its tensors; operations side by side get lanes."""

    def __init__(self, show_dataflow, show_memory):
        self.show_dataflow, self.show_memory = show_dataflow, show_memory
        self.metadata, self.tensors, self.events, self._made, self._pids = [], [], [], {}, {}
        self._flows = 0
        self._process("Allocators")

    def _process(self, name):
        self.metadata.append({"name": "process_name", "ph": "M", "pid": len(self.metadata), "args": {"name": name}})
        return len(self.metadata) - 1

    def add_device(self, device):
        """Makes the processes of a device and notes the tensors that its operations make."""
        pid = self._process(device.device + " Compute")
        own = self._process(device.device + " Tensors")
        self._pids[device.device] = pid
        for node, lane in zip(device.node_stats, _lanes(device.node_stats)):
            for output in node.output:
                name = node.node_name + (f":{output.slot}" if output.slot else "")
                tensor = _Tensor(len(self._made), name, lane, own, node, output.tensor_description)
                self._made[name] = (tensor, pid)
                if self.show_memory:
                    self.tensors += [_event("N", tensor, tensor.start), _event("O", tensor, tensor.end - 1)]
                    self.tensors[-1]["args"] = {"snapshot": {"tensor_description": str(tensor.description).replace('"', "")}}

    def add_operations(self, device):
        """Adds the operations of a device, and the arrows to them."""
        pid = self._pids[device.device]
        for node, lane in zip(device.node_stats, _lanes(device.node_stats)):
            kind, inputs = _parsed(node.timeline_label, device.device)
            shown = {"name": node.node_name, "op": kind, **{f"input{i}": name for i, name in enumerate(inputs)}}
            start, duration = node.all_start_micros, node.all_end_rel_micros
            event = {"ph": "X", "cat": "Op", "name": kind, "pid": pid, "tid": lane, "ts": start, "dur": duration, "args": shown}
            self.events.append(event)
            for name in inputs:
                self._read(name, pid, lane, start, start + duration)

    def _read(self, name, pid, lane, start, end):
        if name not in self._made:
            return  # a control input, or a tensor that was fed
        tensor, maker = self._made[name]
        tensor.reads.append(end - 1)
        if self.show_dataflow and (maker, tensor.lane) != (pid, lane):
            arrow = {"cat": "DataFlow", "name": name}
            self.events.append({"ph": "s", **arrow, "pid": maker, "tid": tensor.lane, "ts": tensor.end, "id": self._flows})
            self.events.append({"ph": "t", **arrow, "pid": pid, "tid": lane, "ts": start, "id": self._flows})
            self._flows += 1

    def memory(self):
        """The ends of the tensors, and how many bytes each allocator held when."""
        if not self.show_memory:
            return []
        ends, changes = [], {}
        for tensor, _ in self._made.values():
            last = max([tensor.end, *tensor.reads])
            ends.append({**_event("D", tensor, last), "tid": 0})
            held = tensor.description.allocation_description
            changes.setdefault(held.allocator_name, []).extend(
                [(tensor.start, held.requested_bytes), (last, -held.requested_bytes)]
            )
        counters = []
        for allocator, found in sorted(changes.items()):
            total = 0
            for when, size in sorted(found):
                total += size
                counter = {"ph": "C", "cat": "Memory", "name": allocator, "pid": 0, "tid": 0, "ts": when}
                counters.append({**counter, "args": {allocator: total}})
        return ends + counters


def _event(kind, tensor, when):
    return {
        "ph": kind,
        "cat": "Tensor",
        "name": tensor.name,
        "pid": tensor.pid,
        "tid": tensor.lane,
        "ts": when,
        "id": tensor.number,
    }


def _lanes(nodes):
    """A lane for every operation of a device: the first in which the one before has ended."""
    ends, lanes = [], []
    for node in nodes:
        start, end = node.all_start_micros, node.all_start_micros + node.all_end_rel_micros
        lane = next((i for i, e in enumerate(ends) if e < start), len(ends))
        ends[lane : lane + 1] = [end]
        lanes.append(lane)
    return lanes


def _parsed(label, device):
    """(the op, its inputs) as a label "name = Op(input, …)" tells; streams and copies of a GPU have labels of other kinds."""
    match = _LABEL.match(label)
    if match is None or "/stream:" in device or label.startswith("[memcpy]") or "/memcpy" in device:
        return "unknown", []
    return match.group(2), [name for name in match.group(3).split(", ") if name]
