"""`Optimizer`: computes gradients, gives each variable's to the update rule of a subclass, and keeps slots.

A subclass overrides `_apply_dense` and `_apply_sparse` (ref variables), `_resource_apply_dense` and `_resource_apply_sparse`
(resource variables), and as needed `_create_slots`, `_prepare` and `_finish`; all names are TensorFlow's, for users subclass it.
"""

from mainstem.base import dtypes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.eager.context import executing_eagerly
from mainstem.grad.gradients import gradients
from mainstem.grad.tape import GradientTape
from mainstem.graph.graph import get_default_graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Operation, Tensor
from mainstem.ops import array, index, math, segment  # noqa: F401 - register Size, Unique, Cast, UnsortedSegmentSum
from mainstem.state import scope as variable_scopes
from mainstem.state.trackable import Trackable
from mainstem.state.variable import Variable
from mainstem.surface.framework import control_dependencies, convert_to_tensor, group, init_scope, name_scope
from mainstem.train import slot_creator


def as_type(x, like):
    """`x` (a tensor or variable) cast to the type of the tensor or variable `like`; itself when it has that type."""
    dtype = like.dtype.base_dtype
    return x if x.dtype.base_dtype is dtype else lookup("Cast")(x, DstT=dtype)


def _is_resource(var):
    return isinstance(var, Variable) and var._is_resource


def _flat(items):
    if isinstance(items, (list, tuple)):
        return [leaf for item in items for leaf in _flat(item)]
    if isinstance(items, dict):
        return [leaf for key in sorted(items) for leaf in _flat(items[key])]
    return list(items) if hasattr(items, "_get_partitions") or type(items).__name__ == "PartitionedVariable" else [items]


def key_of(var):
    return var._unique_id if var._is_eager else (var.op.graph, var.op.name)


def home_graph():
    """The graph around all bodies that are being built, in which slots are made; None where variables are those of eager mode."""
    return None if variable_scopes.eager() else variable_scopes.home()


def sum_of_rows(grad):
    """IndexedSlices with distinct indices: the values of a repeated index are added up."""
    unique, place = lookup("Unique")(grad.indices)
    count = lookup("Size")(unique)
    return IndexedSlices(lookup("UnsortedSegmentSum")(grad.values, place, count), unique, grad.dense_shape)


class Optimizer(Trackable):
    """Base of all optimizers.

    Gates of `compute_gradients`: GATE_NONE, GATE_OP and GATE_GRAPH say how much of the gradients must be done before one is
    used; one run computes them all before it changes a variable, so all three mean the same here.

    Raises ValueError when `name` is empty.
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking, name):
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking, self._name = use_locking, name
        self._slots, self._non_slot_dict, self._deferred_slots = {}, {}, {}

    def get_name(self):
        """The name given to the constructor."""
        return self._name

    # ---- gradients

    def minimize(
        self,
        loss,
        global_step=None,
        var_list=None,
        gate_gradients=GATE_OP,
        aggregation_method=None,
        colocate_gradients_with_ops=False,
        name=None,
        grad_loss=None,
    ):
        """Gives the operation that makes one step downhill in `loss`: `compute_gradients`, then `apply_gradients`.

        Raises ValueError when no variable has a gradient.
        """
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if all(g is None for g, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, between "
                f"variables {[str(v) for _, v in pairs]} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss,
        var_list=None,
        gate_gradients=GATE_OP,
        aggregation_method=None,
        colocate_gradients_with_ops=False,
        grad_loss=None,
    ):
        """Gives a list of (gradient or None, variable) for `loss`, a tensor or a function without arguments giving one.

        `var_list` defaults to the trainable variables of the graph. Raises ValueError without variables, for a loss that is not
        floating, or for an unknown gate; TypeError for things that cannot be optimized.
        """
        if callable(loss) and variable_scopes.eager():
            return self._compute_on_tape(loss, var_list, grad_loss)
        if executing_eagerly():
            raise RuntimeError(
                "`loss` passed to Optimizer.compute_gradients should be a function when eager execution is enabled."
            )
        loss = loss() if callable(loss) else loss
        if gate_gradients not in (Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  "
                f"Not {gate_gradients}"
            )
        self._assert_valid_dtypes([loss] if grad_loss is None else [loss, grad_loss])
        if var_list is None:
            graph = get_default_graph()
            var_list = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
            var_list += graph.get_collection("trainable_resource_variables")
        var_list = _flat(var_list) + get_default_graph().get_collection(GraphKeys._STREAMING_MODEL_PORTS)
        if not var_list:
            raise ValueError("No variables to optimize.")
        for v in var_list:
            if not isinstance(v, (Variable, Tensor)):
                raise TypeError(f"Optimizer: each item of var_list must be a variable or a tensor. Got {v!r}.")
        grads = gradients(
            loss,
            var_list,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == Optimizer.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        pairs = list(zip(grads, var_list, strict=True))
        self._assert_valid_dtypes([v for g, v in pairs if g is not None])
        return pairs

    def _compute_on_tape(self, loss, var_list, grad_loss):
        """What `compute_gradients` does with a function in eager mode or in a trace: runs it on a tape."""
        with GradientTape() as tape:
            if var_list is not None:
                tape.watch(_flat(var_list))
            value = loss()
        self._assert_valid_dtypes([value] if grad_loss is None else [value, grad_loss])
        var_list = _flat(list(tape.watched_variables()) if var_list is None else var_list)
        return list(zip(tape.gradient(value, var_list, grad_loss), var_list, strict=True))

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """Gives the operation that changes each variable by its gradient, and then adds 1 to `global_step`.

        Args:
            grads_and_vars: pairs as from `compute_gradients`; gradients are tensors, IndexedSlices or None.
            global_step: a variable counting the steps, or None.
            name: default: the optimizer's name.

        Raises ValueError when no pair has a gradient, TypeError for a gradient that cannot be a tensor.
        """
        pairs = tuple(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        if all(g is None for g, _ in pairs):
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        pairs = [(_as_gradient(g), v) for g, v in pairs]
        var_list = [v for g, v in pairs if g is not None]
        with init_scope():
            self._create_slots(var_list)
        current, updates = builder.current(), []
        with name_scope(name, self._name) as scope:
            self._prepare()
            for grad, var in pairs:
                if grad is not None:
                    label = "update" if var._is_eager else "update_" + var.op.name
                    with name_scope(label), current.colocate_with(var):
                        updates.append(self._update_one(grad, var))
            if global_step is None:
                done = self._finish(updates, scope)
            else:
                with control_dependencies([self._finish(updates, "update")]), current.colocate_with(global_step):
                    done = _step_on(global_step, scope)
            if executing_eagerly():
                return None
            done = done if isinstance(done, Operation) else done.op
            if home_graph() is not None:
                train_ops = home_graph().get_collection_ref(GraphKeys.TRAIN_OP)
                if done not in train_ops:
                    train_ops.append(done)
            return done

    def _update_one(self, grad, var):
        if isinstance(var, Tensor):
            raise NotImplementedError("Trying to update a Tensor ", var)
        resource = _is_resource(var)
        if isinstance(grad, IndexedSlices):
            if var.constraint is not None:
                raise RuntimeError("Cannot use a constraint function on a sparse variable.")
            if resource:
                return self._resource_apply_sparse_duplicate_indices(grad.values, var, grad.indices)
            return self._apply_sparse_duplicate_indices(grad, var)
        update = self._resource_apply_dense(grad, var) if resource else self._apply_dense(grad, var)
        if var.constraint is None:
            return update
        with control_dependencies([update]):
            # `v/read` may have run before the update; a read made here cannot
            value = var if resource else lookup("Identity")(var._ref(), name="read")
            return var.assign(var.constraint(value))

    def _valid_dtypes(self):
        """The dtypes that a loss or variable may have."""
        return {dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64}

    def _assert_valid_dtypes(self, tensors):
        valid = self._valid_dtypes()
        for t in tensors:
            dtype = dtypes.as_dtype(t.dtype).base_dtype
            if dtype not in valid:
                names = sorted(valid, key=lambda d: d.as_datatype_enum)
                raise ValueError(f"Invalid type {dtype!r} for {getattr(t, 'name', 'the loss')}, expected: {names}.")

    # ---- slots

    def get_slot(self, var, name):
        """The slot variable called `name` that belongs to `var`, or None."""
        return self._slots.get(name, {}).get(key_of(var))

    def get_slot_names(self):
        """The names of the slots, sorted."""
        return sorted(self._slots)

    def variables(self):
        """The optimizer's own variables in the current graph, sorted by name."""
        home = variable_scopes.home()
        own = list(self._non_slot_variables())
        for slot in self._slots.values():
            own += slot.values()
        return sorted((v for v in own if v._graph is home), key=lambda v: v.name)

    def _create_non_slot_variable(self, initial_value, name, colocate_with):
        """Makes, once a graph, a variable that belongs to no other one; it is of the kind of `colocate_with`."""
        key = (name, home_graph())
        made = self._non_slot_dict.get(key)
        if made is None:
            with builder.current().colocate_with(colocate_with):
                made = Variable(initial_value, name=name, trainable=False, use_resource=_is_resource(colocate_with))
            self._non_slot_dict[key] = made
            self._appeared(name, made)
        return made

    def _get_non_slot_variable(self, name, graph=None):
        """The variable made by `_create_non_slot_variable` in `graph` (default: where variables are made now), or None."""
        return self._non_slot_dict.get((name, home_graph() if graph is None else graph))

    def _non_slot_variables(self):
        return self._non_slot_dict.values()

    def _slot_dict(self, slot_name):
        return self._slots.setdefault(slot_name, {})

    def _get_or_make_slot(self, var, val, slot_name, op_name):
        """The slot of `var`, made with the initial value `val`; `op_name` names it in the graph."""
        return self._slot_of(var, slot_name, lambda: slot_creator.create_slot(var, val, op_name))

    def _get_or_make_slot_with_initializer(self, var, initializer, shape, dtype, slot_name, op_name):
        """The slot of `var`, made with `shape` and `dtype` by `initializer`."""
        make = slot_creator.create_slot_with_initializer
        return self._slot_of(var, slot_name, lambda: make(var, initializer, shape, dtype, op_name))

    def _zeros_slot(self, var, slot_name, op_name):
        """The slot of `var`, made of zeros."""
        return self._slot_of(var, slot_name, lambda: slot_creator.create_zeros_slot(var, op_name))

    def _slot_of(self, var, slot_name, make):
        slots = self._slot_dict(slot_name)
        if key_of(var) not in slots:
            slots[key_of(var)] = make()
            for restore in self._deferred_slots.pop((slot_name, key_of(var)), ()):
                restore(slots[key_of(var)])
        return slots[key_of(var)]

    # ---- as checkpoints see it

    def _trackable_children(self, save_type=None, **kwargs):
        home = home_graph()
        return {name: v for (name, graph), v in sorted(self._non_slot_dict.items(), key=lambda i: i[0][0]) if graph is home}

    def _restore_slot_later(self, var, slot_name, restore):
        """Keeps `restore(slot)`, called as soon as the slot is made."""
        self._deferred_slots.setdefault((slot_name, key_of(var)), []).append(restore)

    # ---- what subclasses override

    def _create_slots(self, var_list):
        """Makes all slots that the variables need."""

    def _prepare(self):
        """Makes the tensors (learning rate, …) that all updates of one `apply_gradients` share."""

    def _apply_dense(self, grad, var):
        """The operation that changes the ref variable `var` by the tensor `grad`."""
        raise NotImplementedError()

    def _resource_apply_dense(self, grad, handle):
        """The operation that changes the resource variable `handle` by the tensor `grad`."""
        raise NotImplementedError()

    def _apply_sparse(self, grad, var):
        """The operation that changes the ref variable `var` by IndexedSlices whose indices are distinct."""
        raise NotImplementedError()

    def _resource_apply_sparse(self, grad, handle, indices):
        """The operation that changes the rows `indices` (distinct) of the resource variable `handle` by `grad`."""
        raise NotImplementedError()

    def _apply_sparse_duplicate_indices(self, grad, var):
        """As `_apply_sparse`, for indices that may repeat; adds the rows of one index up first."""
        return self._apply_sparse(sum_of_rows(grad), var)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        """As `_resource_apply_sparse`, for indices that may repeat; adds the rows of one index up first."""
        summed = sum_of_rows(IndexedSlices(grad, indices))
        return self._resource_apply_sparse(summed.values, handle, summed.indices)

    def _finish(self, update_ops, name_scope):
        """The operation, called `name_scope`, that is done when all updates are."""
        return group(*update_ops, name=name_scope)

    def _call_if_callable(self, param):
        """`param`, or what it gives when it is a function without arguments."""
        return param() if callable(param) else param

    def _hyper(self, value, name):
        """A hyperparameter (number, tensor, or function giving one) as a tensor."""
        return convert_to_tensor(self._call_if_callable(value), name=name)


def _as_gradient(grad):
    if grad is None or isinstance(grad, IndexedSlices):
        return grad
    try:
        return convert_to_tensor(grad)
    except (TypeError, ValueError):
        raise TypeError(f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {grad!r}") from None


def _step_on(global_step, name):
    one = 1
    if _is_resource(global_step):
        return lookup("AssignAddVariableOp")(
            global_step.handle, convert_to_tensor(one, global_step.dtype, name="value"), name=name
        )
    if not isinstance(global_step, Variable) and not global_step.dtype._is_ref_dtype:
        raise AttributeError(f"'{type(global_step).__name__}' object has no attribute 'assign_add': global_step is no variable")
    return lookup("AssignAdd")(global_step, one, name=name)
