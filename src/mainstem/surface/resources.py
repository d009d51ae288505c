"""The register of resources of a graph that must be made before it runs: `tensorflow.python.ops.resources`."""

import collections

from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math as math_ops
from mainstem.surface import array, framework, slicing

_Resource = collections.namedtuple("_Resource", ["handle", "create", "is_initialized"])


def register_resource(handle, create_op, is_initialized_op, is_shared=True):
    """Notes a resource: its handle, the operation that makes it, the bool tensor that tells whether it is made."""
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    framework.add_to_collection(key, _Resource(handle, create_op, is_initialized_op))


def shared_resources():
    """The resources that all sessions of a cluster share, as a list."""
    return framework.get_collection(GraphKeys.RESOURCES)


def local_resources():
    """The resources of one process, as a list."""
    return framework.get_collection(GraphKeys.LOCAL_RESOURCES)


def initialize_resources(resource_list, name="init"):
    """An operation that makes the resources of a list."""
    return framework.group(*[r.create for r in resource_list], name=name) if resource_list else framework.no_op(name=name)


def report_uninitialized_resources(resource_list=None, name="report_uninitialized_resources"):
    """A 1-D string tensor of the names of the resources that are not made; default: all shared and local ones."""
    resource_list = shared_resources() + local_resources() if resource_list is None else resource_list
    with framework.name_scope(name), get_default_graph().device("/cpu:0"):
        if not resource_list:
            return framework.constant_v1([], dtype="string")
        missing = math_ops.logical_not(array.stack([r.is_initialized for r in resource_list]))
        return slicing.boolean_mask_v1(framework.constant_v1([r.handle.name for r in resource_list]), missing)
