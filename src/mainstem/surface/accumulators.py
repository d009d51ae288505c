"""Accumulators of gradients: `tf.ConditionalAccumulator`, `tf.SparseConditionalAccumulator`."""

from mainstem.base import dtypes as types
from mainstem.base import shapes as shape_rules
from mainstem.core.registry import lookup
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.ops import accumulators as ops
from mainstem.surface import math
from mainstem.surface.framework import convert_to_tensor


class ConditionalAccumulatorBase:
    """What accumulators have in common: a step, and the gradients that came for that step or later ones."""

    def __init__(self, dtype, shape, accumulator_ref):
        self._dtype = dtype
        self._shape = shape_rules.TensorShape(shape if shape is not None else None)
        self._accumulator_ref = accumulator_ref
        self._name = accumulator_ref.op.name.rpartition("/")[2]

    @property
    def accumulator_ref(self):
        """The handle of the accumulator, a tensor."""
        return self._accumulator_ref

    @property
    def name(self):
        """The last part of the name of the operation that makes it."""
        return self._name

    @property
    def dtype(self):
        """The type of the gradients."""
        return self._dtype

    def num_accumulated(self, name=None):
        """How many gradients there are, an int32 tensor."""
        return self._op("NumAccumulated")(self._accumulator_ref, name=name or f"{self._name}_NumAccumulated")

    def set_global_step(self, new_global_step, name=None):
        """An operation that sets the step: gradients of earlier ones are left out from then on."""
        return self._op("SetGlobalStep")(self._accumulator_ref, _step(new_global_step), name=name)

    def _op(self, what):
        """The op for this kind of handle."""
        return lookup(f"{'Resource' if self._accumulator_ref.dtype is types.resource else ''}Accumulator{what}")


def _step(value):
    return math.cast(convert_to_tensor(value), types.int64)


def _handle(op, dtype, shape, shared_name, name, reduction_type):
    dtype = types.as_dtype(dtype)
    allowed = op.attrs["dtype"].allowed
    if dtype not in allowed:
        raise TypeError(f"Value passed to parameter 'dtype' has DataType {dtype.name} not in list of allowed values: numbers")
    if reduction_type not in ("MEAN", "SUM"):
        raise ValueError(f"Attr 'reduction_type' of '{op.name}' Op passed string '{reduction_type}' not in: \"MEAN\", \"SUM\".")
    return op(
        dtype=dtype,
        shape=shape_rules.as_tuple(shape_rules.as_shape(shape)),
        shared_name=shared_name or "",
        reduction_type=reduction_type,
        name=name,
    )


class ConditionalAccumulator(ConditionalAccumulatorBase):
    """Collects gradients of one dense tensor and gives their mean (`reduction_type` "MEAN") or sum ("SUM").

    Args:
        dtype, shape: of the gradients; the shape may be unknown.
        shared_name: accumulators of one session with the same shared name are one.

    Raises TypeError for a type that is no number, ValueError for another reduction.
    """

    def __init__(self, dtype, shape=None, shared_name=None, name="conditional_accumulator", reduction_type="MEAN"):
        made = _handle(ops.resource_conditional_accumulator, dtype, shape, shared_name, name, reduction_type)
        super().__init__(dtype, shape, made)

    def apply_grad(self, grad, local_step=0, name=None):
        """An operation that adds a gradient, unless `local_step` is less than the accumulator's step.

        Raises ValueError for a shape that is not the accumulator's.
        """
        grad = convert_to_tensor(grad, self._dtype)
        grad.shape.assert_is_compatible_with(self._shape)
        return ops.accumulator_apply_gradient(self._accumulator_ref, _step(local_step), grad, name=name)

    def take_grad(self, num_required, name=None):
        """The mean (or sum) of the gradients, once there are `num_required`; the accumulator is empty then and a step further."""
        made = ops.accumulator_take_gradient(self._accumulator_ref, num_required, dtype=types.as_dtype(self._dtype), name=name)
        made.set_shape(self._shape)
        return made


class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """Collects gradients that are rows of a tensor; of each index it gives the mean (or sum) of the gradients that have it.

    Arguments as of ConditionalAccumulator.
    """

    def __init__(self, dtype, shape=None, shared_name=None, name="sparse_conditional_accumulator", reduction_type="MEAN"):
        made = _handle(ops.sparse_conditional_accumulator, dtype, shape, shared_name, name, reduction_type)
        super().__init__(dtype, shape, made)

    def apply_indexed_slices_grad(self, grad, local_step=0, name=None):
        """`apply_grad` for IndexedSlices."""
        return self.apply_grad(
            grad_indices=grad.indices, grad_values=grad.values, grad_shape=grad.dense_shape, local_step=local_step, name=name
        )

    def apply_grad(self, grad_indices, grad_values, grad_shape=None, local_step=0, name=None):
        """An operation that adds rows `grad_values` [n, ...] at `grad_indices` [n], unless `local_step` is an earlier one.

        `grad_shape`: the shape of the whole tensor, or None where it is not known.
        """
        step = _step(local_step)
        indices = math.cast(grad_indices, types.int64)
        return ops.sparse_accumulator_apply_gradient(
            self._accumulator_ref,
            step,
            indices,
            grad_values,
            math.cast([] if grad_shape is None else grad_shape, types.int64),
            has_known_shape=grad_shape is not None,
            name=name,
        )

    def take_grad(self, num_required, name=None):
        """(indices, values, shape) of the mean (or sum), once there are `num_required` gradients."""
        return tuple(
            ops.sparse_accumulator_take_gradient(
                self._accumulator_ref, num_required, dtype=types.as_dtype(self._dtype), name=name
            )
        )

    def take_indexed_slices_grad(self, num_required, name=None):
        """What `take_grad` gives, as IndexedSlices."""
        indices, values, shape = self.take_grad(num_required, name)
        return IndexedSlices(values, indices, shape)
