"""Writing elements at indices: ScatterNd, the TensorScatter ops, and their twins that change a variable.

Indices out of range are dropped, negative ones too (TensorFlow's CPU kernels raise InvalidArgument).
"""

import jax.numpy as jnp
from jax import lax

from mainstem.base import dtypes, shapes
from mainstem.core.families import same_shape
from mainstem.core.registry import REGISTRY, AttrDef, op
from mainstem.ops.index import gather_nd
from mainstem.ops.twin import numel

INDEX, ANY, NUMERIC, REAL = dtypes.INDEX, dtypes.ANY, dtypes.NUMERIC, dtypes.REAL

_COMBINE = {
    "Update": lax.scatter,
    "Add": lax.scatter_add,
    "Sub": lax.scatter_sub,
    "Mul": lax.scatter_mul,
    "Min": lax.scatter_min,
    "Max": lax.scatter_max,
}


def scatter(kind, target, indices, updates):
    """`target` with `updates` [.., *rest] combined into the slices at `indices` [.., k]; repeated indices combine in order."""
    depth = indices.shape[-1]
    want = indices.shape[:-1] + target.shape[depth:]
    if updates.shape != want:
        if updates.ndim and numel(updates.shape) != numel(want):
            raise ValueError(f"updates of shape {list(updates.shape)} do not fit: expected {list(want)}")
        updates = jnp.broadcast_to(updates, want) if updates.ndim == 0 else jnp.reshape(updates, want)
    if numel(target.shape) == 0 or numel(want) == 0:
        return target
    if kind == "Div":
        return _divided(target, scatter("Mul", jnp.ones_like(target), indices, updates))
    numbers = lax.ScatterDimensionNumbers(
        update_window_dims=tuple(range(indices.ndim - 1, updates.ndim)),
        inserted_window_dims=tuple(range(depth)),
        scatter_dims_to_operand_dims=tuple(range(depth)),
    )
    if target.dtype == jnp.bool_ and kind != "Update":
        raise TypeError(f"Scatter{kind} of bool")
    return _COMBINE[kind](target, indices, updates, numbers, mode=lax.GatherScatterMode.FILL_OR_DROP)


def _divided(target, by):
    """Dividing by each update in turn is dividing by their product, for integers (truncated) too."""
    return lax.div(target, by)


def scatter_rows(kind, target, indices, updates):
    """`scatter` of whole rows: `indices` of any shape, `updates` [*indices.shape, *row] or a scalar."""
    return scatter(kind, target, indices[..., None], updates)


def _checked(target, indices, updates, depth):
    """Raises ValueError when updates do not fit; `depth` is how many dimensions of the target an index names."""
    if None in (target, indices, updates) or depth is None or updates == ():
        return
    head = indices if depth == "row" else indices[:-1]
    rest = target[1:] if depth == "row" else target[depth:]
    if not shapes.compatible(updates, head + rest):
        raise ValueError(
            f"Shapes must be equal: updates {shapes.show(updates)} must have shape {shapes.show(head + rest)}, for indices "
            f"{shapes.show(indices)} into {shapes.show(target)}"
        )


def _row_shape(inputs, attrs):
    _checked(*(i.shape for i in inputs), "row")
    return [inputs[0].shape]


def _nd_shape(inputs, attrs):
    indices = inputs[1].shape
    _checked(inputs[0].shape, indices, inputs[2].shape, indices[-1] if indices else None)
    return [inputs[0].shape]


def _no_output(rule):
    def check(inputs, attrs):
        rule(inputs, attrs)
        return []

    return check


# ---- on values


def _scatter_nd_shape(inputs, attrs):
    indices, updates, out = inputs[0].shape, inputs[1].shape, inputs[2].shape_value()
    _checked(out, indices, updates, indices[-1] if indices else None)
    return [out]


@op(
    "ScatterNd",
    "Tindices, T, Tindices -> T",
    T=NUMERIC | {dtypes.bool},
    Tindices=INDEX,
    static=("shape",),
    shape=_scatter_nd_shape,
)
def scatter_nd(indices, updates, shape):
    """Zeros of `shape` with `updates` added at `indices`."""
    zeros = jnp.zeros(tuple(int(d) for d in shape), updates.dtype)
    return scatter("Update" if updates.dtype == jnp.bool_ else "Add", zeros, indices, updates)


@scatter_nd.vjp
def _scatter_nd_grad(inputs, outputs, grads):
    return None, gather_nd.kernel(grads[0], inputs[0]), None


@op("ScatterNdNonAliasingAdd", "T, Tindices, T -> T", T=NUMERIC, Tindices=INDEX, shape=_nd_shape)
def scatter_nd_non_aliasing_add(input, indices, updates):
    """`input` with `updates` added at `indices`."""
    return scatter("Add", input, indices, updates)


def _tensor_scatter(kind):
    def kernel(tensor, indices, updates):
        return scatter(kind, tensor, indices, updates)

    kernel.__doc__ = f"`tensor` with `updates` at `indices` [.., k], by {kind.lower()}."
    kernel.__module__ = __name__
    return op(f"TensorScatter{kind}", "T, Tindices, T -> T", T=NUMERIC | {dtypes.bool}, Tindices=INDEX, shape=_nd_shape)(kernel)


tensor_scatter_update, tensor_scatter_add, tensor_scatter_sub, tensor_scatter_max, tensor_scatter_min = map(
    _tensor_scatter, ("Update", "Add", "Sub", "Max", "Min")
)


@tensor_scatter_update.vjp
def _tensor_scatter_update_grad(inputs, outputs, grads):
    _, indices, updates = inputs
    kept = scatter("Update", grads[0], indices, jnp.zeros(updates.shape, grads[0].dtype))
    return kept, None, gather_nd.kernel(grads[0], indices)


@tensor_scatter_add.vjp
def _tensor_scatter_add_grad(inputs, outputs, grads):
    return grads[0], None, gather_nd.kernel(grads[0], inputs[1])


@tensor_scatter_sub.vjp
def _tensor_scatter_sub_grad(inputs, outputs, grads):
    return grads[0], None, -gather_nd.kernel(grads[0], inputs[1])


# ---- on variables


def _on_variables(kind, many):
    """Registers the ref and the resource op of one kind, on rows or on slices at full indices (`many`)."""
    combine = scatter if many else scatter_rows
    rule = _nd_shape if many else _row_shape
    locking = kind == "Update"
    name = f"Scatter{'Nd' if many else ''}{kind}"
    allowed = NUMERIC | {dtypes.bool} if kind == "Update" else REAL if kind in ("Min", "Max") else NUMERIC
    about = f"Changes {'slices' if many else 'rows'} of a variable at `indices` by {kind.lower()}."

    def on_ref(ref, indices, updates, *, use_locking=locking):
        return combine(kind, ref, indices, updates)

    on_ref.__doc__, on_ref.__module__ = about, __name__
    op(name, "ref T, Tindices, T -> output_ref:ref T", T=allowed, Tindices=INDEX, writes=("ref",), shape=rule)(on_ref)
    options = {"Tindices": INDEX, "shape": _no_output(rule)}

    if many:

        def on_handle(ref, indices, updates, *, use_locking=True):
            return combine(kind, ref, indices, updates)

        on_handle.__doc__, on_handle.__module__ = about, __name__
        op(f"Resource{name}", "resource, Tindices, T ->", T=allowed, writes=("ref",), **options)(on_handle)
        return

    def on_rows(resource, indices, updates):
        return combine(kind, resource, indices, updates)

    on_rows.__doc__, on_rows.__module__ = about, __name__
    op(f"Resource{name}", "resource, Tindices, dtype ->", dtype=allowed, writes=("resource",), **options)(on_rows)


for _kind in ("Update", "Add", "Sub", "Mul", "Div", "Min", "Max"):
    _on_variables(_kind, False)
for _kind in ("Update", "Add", "Sub", "Min", "Max"):
    _on_variables(_kind, True)


for _name in ("TensorScatter", "ScatterNd", "ResourceScatterNd"):
    for _kind in ("Min", "Max"):  # TensorFlow 2 gave these, which 1.15 lacks, one attr more
        REGISTRY[_name + _kind].attrs["bad_indices_policy"] = AttrDef("bad_indices_policy", "string", "")


# ---- rows in place


def _inplace(name, kind):
    def kernel(x, i, v):
        return scatter_rows(kind, x, i, v) if i.ndim else scatter_rows(kind, x, i[None], v[None])

    kernel.__doc__, kernel.__module__ = f"`x` with the rows `i` changed by `v` ({kind.lower()}).", __name__
    return op(name, "T, int32, T -> y:T", T=NUMERIC, shape=same_shape, differentiable=False)(kernel)


inplace_update, inplace_add, inplace_sub = (_inplace("Inplace" + k, k) for k in ("Update", "Add", "Sub"))
