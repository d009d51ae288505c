"""`tensorflow.python.tools.inspect_checkpoint`: prints what a checkpoint holds."""

import math
import re

from mainstem.base import errors
from mainstem.train import checkpoints


def print_tensors_in_checkpoint_file(file_name, tensor_name, all_tensors, all_tensor_names=False, count_exclude_pattern=""):
    """Prints tensors of the checkpoint with the prefix `file_name`, then how many numbers all of them have.

    Args:
        tensor_name: the tensor to print; "" for a list of all with their types and shapes.
        all_tensors: whether to print every tensor with its value.
        all_tensor_names: whether to print every tensor's name.
        count_exclude_pattern: tensors whose names match this pattern from their start are not counted.

    A checkpoint or tensor that is not there is told in a line, not raised.
    """
    try:
        reader = checkpoints.NewCheckpointReader(file_name)
        if all_tensors or all_tensor_names:
            for name in sorted(reader.get_variable_to_shape_map()):
                print("tensor_name: ", name)
                if all_tensors:
                    print(reader.get_tensor(name))
        elif tensor_name:
            print("tensor_name: ", tensor_name)
            print(reader.get_tensor(tensor_name))
        else:
            print(reader.debug_string().decode("utf-8", errors="ignore"))
        _print_count(reader, count_exclude_pattern)
    except errors.OpError as e:
        print(e)


def _print_count(reader, excluded):
    sizes = {name: math.prod(shape) for name, shape in reader.get_variable_to_shape_map().items()}
    if excluded:
        left_out = {name: size for name, size in sizes.items() if re.match(excluded, name)}
        print(f"# Excluding {len(left_out)} tensors ({sum(left_out.values())} params) that match {excluded} when counting.")
        sizes = {name: size for name, size in sizes.items() if name not in left_out}
    print(f"# Total number of params: {sum(sizes.values())}")
