"""Gradient functions that build graph nodes themselves: pass-through ops, and lookups, whose gradient is IndexedSlices."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.grad.node import vjp_node
from mainstem.grad.registry import RegisterGradient, not_differentiable
from mainstem.graph import fold
from mainstem.graph.indexed_slices import IndexedSlices

for _name in ("Identity", "ReadVariableOp", "RefIdentity", "Snapshot"):
    RegisterGradient(_name)(lambda op, grad: grad)

for _name in ("StopGradient", "Placeholder", "Assert", "NoOp"):
    not_differentiable(_name)


@RegisterGradient("IdentityN")
def _identity_n(op, *grads):
    return list(grads)


@RegisterGradient("PreventGradient")
def _prevent_gradient(op, grad):
    raise LookupError(f"Gradient explicitly disabled. Reason: {op.get_attr('message')!r} {op.where()}")


@RegisterGradient("Print")
def _print(op, grad):
    return [grad] + [None] * (len(op.inputs) - 1)


def _apply(graph, kind, *args, **attrs):
    return graph.apply(registry.lookup(kind), args, attrs)


def _rows(op, params_shape, known, indices, grad):
    """IndexedSlices for a lookup of whole rows: `grad` reshaped to [number of indices, *row shape]."""
    graph = op.graph
    flat = _apply(graph, "Reshape", indices, graph.constant(np.array([-1], np.int32), dtypes.int32))
    if shapes.known(known) and known:
        target = graph.constant(np.array([-1, *known[1:]], np.int32), dtypes.int32)
    else:
        one = graph.constant(np.array([-1], np.int32), dtypes.int32)
        rest = _apply(
            graph,
            "StridedSlice",
            params_shape,
            graph.constant(np.array([1], np.int32), dtypes.int32),
            graph.constant(np.array([0], np.int32), dtypes.int32),
            graph.constant(np.array([1], np.int32), dtypes.int32),
            end_mask=1,
        )
        target = _apply(graph, "ConcatV2", [one, rest], graph.constant(np.int32(0), dtypes.int32))
    values = _apply(graph, "Reshape", graph.convert(grad), target)
    return IndexedSlices(values, flat, params_shape)


def _params_shape(graph, kind, t, known):
    if shapes.known(known):
        return graph.constant(np.array(known, np.int32), dtypes.int32)
    return _apply(graph, kind, t)


@RegisterGradient("Gather")
def _gather(op, grad):
    return _gather_rows(op, *op.inputs, grad)


@RegisterGradient("ResourceGather")
def _resource_gather(op, grad):
    handle, indices = op.inputs
    known = handle._handle[1] if handle._handle is not None else None
    return [_rows(op, _params_shape(op.graph, "VariableShape", handle, known), known, indices, grad), None]


@RegisterGradient("GatherV2")
def _gather_v2(op, grad):
    params, indices, axis = op.inputs
    if fold.constant_value(axis) == 0 and not op.attrs.get("batch_dims"):
        return [*_gather_rows(op, params, indices, grad), None]
    return vjp_node(op.graph, op, [op.graph.convert(grad)])


def _gather_rows(op, params, indices, grad):
    return [_rows(op, _params_shape(op.graph, "Shape", params, params._shape), params._shape, indices, grad), None]


@RegisterGradient("RandomGamma")
def _random_gamma(op, grad):
    """Implicit reparameterisation: the derivative of each sample by its alpha, summed over the samples of one alpha."""
    alpha, sample = op.inputs[1], op.outputs[0]
    if alpha.shape.ndims is None or sample.shape.ndims is None:
        raise NotImplementedError(f"The gradient of RandomGamma needs the ranks of shape and alpha. {op.where()}")
    partial = _apply(op.graph, "Mul", grad, _apply(op.graph, "RandomGammaGrad", alpha, sample))
    axes = np.arange(sample.shape.ndims - alpha.shape.ndims, dtype=np.int32)
    return [None, _apply(op.graph, "Sum", partial, op.graph.constant(axes, dtypes.int32))]


@RegisterGradient("DynamicPartition")
def _dynamic_partition(op, *grads):
    """The parts' gradients go back to where the parts came from; the parts' sizes are known at run time only."""
    graph, (data, partitions) = op.graph, op.inputs
    filled = [_apply(graph, "ZerosLike", o) if g is None else graph.convert(g) for g, o in zip(grads, op.outputs, strict=True)]
    shape = _apply(graph, "Shape", partitions)
    zero, one = graph.constant(np.int32(0), dtypes.int32), graph.constant(np.int32(1), dtypes.int32)
    places = _apply(graph, "Range", zero, _apply(graph, "Size", partitions), one)
    parts = _apply(
        graph,
        "DynamicPartition",
        _apply(graph, "Reshape", places, shape),
        partitions,
        num_partitions=op.attrs["num_partitions"],
    )
    whole = _apply(graph, "ParallelDynamicStitch", parts, filled)
    return [_apply(graph, "Reshape", whole, _apply(graph, "Shape", data)), None]


@RegisterGradient("DynamicStitch")
@RegisterGradient("ParallelDynamicStitch")
def _dynamic_stitch(op, grad):
    graph, count = op.graph, op.attrs["N"]
    grad, zero = graph.convert(grad), graph.constant(np.int32(0), dtypes.int32)
    return [None] * count + [_apply(graph, "GatherV2", grad, i, zero) for i in op.inputs[:count]]


@RegisterGradient("CheckNumerics")
def _check_numerics(op, grad):
    return _apply(op.graph, "CheckNumerics", grad, message="Not a number (NaN) or infinity (Inf) values detected in gradient.")


@RegisterGradient("StridedSlice")
def _strided_slice(op, grad):
    """A node of its own, as TensorFlow makes it: its index vectors may be known entry by entry."""
    graph, (x, begin, end, strides) = op.graph, op.inputs
    known = x._shape
    kind = begin.dtype.base_dtype
    if shapes.known(known):
        shape = graph.constant(np.array(known, kind.as_numpy_dtype), kind)
    else:
        shape = _apply(graph, "Shape", x, out_type=kind)
    masks = {k: op.attrs[k] for k in ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")}
    return [_apply(graph, "StridedSliceGrad", shape, begin, end, strides, grad, **masks), None, None, None]
