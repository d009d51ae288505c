"""Dumped tensors as tfdbg keeps them: a file each, whose bytes are one `Event` with the tensor in its summary.

A dump is a folder for a run. In it a folder for each device, `_tfdbg_device_,job_localhost,replica_0,task_0,device_CPU_0`; below it
the parts of the node's name as folders, and the file `<last part>_<output>_<debug op>_<microseconds>`.
"""

import dataclasses
import os
import re

from mainstem.formats import protos, tensor_proto

DEVICES = "_tfdbg_device_"
HERE = f"{DEVICES},job_localhost,replica_0,task_0,device_CPU_0"
_FILE = re.compile(r"(?P<node>.*)_(?P<slot>\d+)_(?P<op>[A-Za-z]+)_(?P<time>\d+)(?:_\d+)?\Z")


@dataclasses.dataclass(frozen=True)
class Dumped:
    """One dumped tensor: where it lies, whose output it is, and when it was written, in microseconds."""

    file_path: str
    node_name: str
    output_slot: int
    debug_op: str
    timestamp: int

    @property
    def tensor_name(self):
        """The tensor's name, `node:output`."""
        return f"{self.node_name}:{self.output_slot}"

    @property
    def watch_key(self):
        """The tensor's name and the debug op, `node:output:DebugIdentity`."""
        return f"{self.tensor_name}:{self.debug_op}"

    def get_tensor(self):
        """The value as an array, read from the file."""
        with open(self.file_path, "rb") as file:
            event = protos.Event.FromString(file.read())
        return tensor_proto.to_array(event.summary.value[0].tensor)


def write(root, tensor_name, value, microseconds, debug_op="DebugIdentity"):
    """Writes an array as the value of a tensor into the dump `root`."""
    node, _, slot = tensor_name.rpartition(":")
    *folders, last = node.split("/")
    folder = os.path.join(root, HERE, *folders)
    os.makedirs(folder, exist_ok=True)
    event = protos.Event(wall_time=microseconds)
    event.summary.value.add(tag=node, node_name=f"{tensor_name}:{debug_op}", tensor=tensor_proto.to_proto(value))
    with open(os.path.join(folder, f"{last}_{slot}_{debug_op}_{microseconds}"), "wb") as file:
        file.write(event.SerializeToString())


def read(root):
    """The tensors of a dump as a list of `Dumped`, in the order of their times. Raises IOError when there is no such folder."""
    if not os.path.isdir(root):
        raise OSError(f"Dump root directory {root} does not exist")
    found = []
    for device in sorted(os.listdir(root)):
        top = os.path.join(root, device)
        for folder, _, names in os.walk(top) if device.startswith(DEVICES) else ():
            above = os.path.relpath(folder, top).replace(os.sep, "/")
            for name in names:
                parts = _FILE.match(name)
                if parts:
                    node = parts["node"] if above == "." else f"{above}/{parts['node']}"
                    found.append(Dumped(os.path.join(folder, name), node, int(parts["slot"]), parts["op"], int(parts["time"])))
    return sorted(found, key=lambda d: (d.timestamp, d.watch_key))
