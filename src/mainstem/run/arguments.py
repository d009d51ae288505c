"""The arguments of a tf.function: binding them to its parameters, the key under which a trace is kept, specs and placeholders.

`walk(value, flat)` gives the part of the key that an argument makes, and appends the tensors in it to `flat`. Tensors and arrays
count by dtype and shape; numbers, texts and other immutable values by value; objects by identity, held weakly.
"""

import collections.abc
import inspect
import weakref

import jax
import numpy as np

from mainstem.base import dtypes, nest, shapes
from mainstem.core import builder
from mainstem.eager.tensor import EagerTensor, wrap
from mainstem.graph import spec as specs
from mainstem.graph.spec import TensorSpec, TypeSpec
from mainstem.graph.tensor import Tensor
from mainstem.lower.slots import Slot


def _eager(value, flat):
    if value._dtype is dtypes.resource:
        return _object(value)  # a variable's handle
    flat.append(value)
    return (value._dtype._enum, value._shape)


def _tensor(value, flat):
    flat.append(value)
    return (value._dtype.base_dtype._enum, value._shape)


def _literal(value, flat):
    return (type(value), value)


def _float(value, flat):
    return (float, value if value == value else "nan")  # nan equals nothing, not even the key of the last call


def _array(value, flat):
    tensor = wrap(np.array(value)) if not isinstance(value, jax.Array) else wrap(value)
    flat.append(tensor)
    return (tensor._dtype._enum, tensor._shape)


def _sequence(value, flat):
    return (type(value), *[walk(v, flat) for v in value])


def _mapping(value, flat):
    return (type(value), *[(k, walk(value[k], flat)) for k in sorted(value)])


def _spec(value, flat):
    if isinstance(value, TensorSpec):
        flat.append(value)
        return (value._dtype._enum, value._dims)
    return (type(value), *[_spec(c, flat) for c in value._components()])


_WALKS = {
    EagerTensor: _eager, Tensor: _tensor, int: _literal, float: _float, bool: _literal, str: _literal, bytes: _literal,
    complex: _literal, type(None): _literal, dtypes.DType: _literal, np.ndarray: _array, list: _sequence, tuple: _sequence,
    dict: _mapping, TensorSpec: _spec,
}  # fmt: skip


def walk(value, flat):
    """Gives the key of an argument; appends its tensors to `flat`. Raises TypeError for a mutable object that has no identity."""
    found = _WALKS.get(type(value))
    return found(value, flat) if found is not None else _walk_other(value, flat)


def _walk_other(value, flat):
    if isinstance(value, Tensor):
        return _tensor(value, flat)
    if isinstance(value, (np.generic, jax.Array, np.ndarray)):
        return _array(value, flat)
    if isinstance(value, TypeSpec):
        return _spec(value, flat)
    if nest.is_composite(value):
        return (specs.spec_of_composite(value).__class__, *[walk(p, flat) for p in value._nest_parts()])
    if isinstance(value, collections.abc.Mapping):
        return _mapping(value, flat)
    if nest.is_nested(value):
        return (type(value), *[walk(v, flat) for v in nest._children(value)])
    return _object(value)


def _object(value):
    slot = getattr(value, "_slot", None)
    if isinstance(slot, Slot):
        return weakref.ref(slot)  # a variable: its `==` may compare content
    try:
        reference = weakref.ref(value)
        hash(reference)
        return reference
    except TypeError:
        pass
    try:
        hash(value)
        return (type(value), value)
    except TypeError:
        raise TypeError(
            f"Could not generate a generic TraceType for {value!r}.Please verify that it is immutable/hashable. Otherwise, consider "
            "implementing the Tracing Protocol for it."
        ) from None


def references(key):
    """The weak references in a key."""
    if isinstance(key, weakref.ref):
        yield key
    elif isinstance(key, tuple):
        for part in key:
            yield from references(part)


def replaced(value, make, path=""):
    """`value` with every tensor, array and spec in it replaced by `make(it, path)`."""
    if isinstance(value, (Tensor, np.ndarray, np.generic, jax.Array, TensorSpec)):
        return value if isinstance(value, Tensor) and value._dtype is dtypes.resource else make(value, path)
    if isinstance(value, TypeSpec):
        return value._build([replaced(c, make, path) for c in value._components()])
    if nest.is_composite(value):
        return value._nest_with([replaced(p, make, path) for p in value._nest_parts()])
    if isinstance(value, collections.abc.Mapping):
        made = {k: replaced(value[k], make, path) for k in sorted(value)}
        return nest._like_mapping(value, made)
    if nest.is_nested(value) and not isinstance(value, range):
        return nest.like_sequence(value, [replaced(v, make, path) for v in nest._children(value)])
    return value


class Held:
    """Stands in a trace's signature for an object, which it does not keep alive."""

    def __init__(self, reference):
        self.reference = reference

    def __repr__(self):
        return f"Weakref[{self.reference()!r}]"


def signature_of(value, path):
    """`value` as a trace's signature shows it: specs for tensors and what is made of them, a `Held` for an object."""
    if isinstance(value, (Tensor, np.ndarray, np.generic, jax.Array, TensorSpec)):
        return Held(weakref.ref(value)) if getattr(value, "dtype", None) is dtypes.resource else spec_of(value, path)
    if isinstance(value, TypeSpec):
        return value
    if nest.is_composite(value):
        return specs.spec_of_composite(value)
    if nest.is_nested(value) and not isinstance(value, range):
        if isinstance(value, collections.abc.Mapping):
            return nest._like_mapping(value, {k: signature_of(value[k], path) for k in sorted(value)})
        return nest.like_sequence(value, [signature_of(v, path) for v in nest._children(value)])
    if isinstance(value, _PLAIN):
        return value
    return Held(weakref.ref(value)) if isinstance(_object(value), weakref.ref) else value


_PLAIN = (int, float, complex, str, bytes, type(None), dtypes.DType, type)


def spec_of(value, path=""):
    """The TensorSpec, called `path`, of a tensor, array or spec."""
    if isinstance(value, TensorSpec):
        return TensorSpec(value._dims, value._dtype, value._name or path or None)
    if isinstance(value, Tensor):
        return TensorSpec(value._shape, value._dtype.base_dtype, path or None)
    return TensorSpec(np.shape(value), value.dtype, path or None)


class Signature:
    """The parameters of a function, and how calls are brought into one form: a tuple of positional and a dict of other arguments."""

    def __init__(self, function, input_signature=None):
        self.signature = inspect.signature(function)
        kinds = self.signature.parameters.values()
        self.positional = [p for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.keyword = [p for p in kinds if p.kind is p.KEYWORD_ONLY]
        self.variadic = next((p.name for p in kinds if p.kind is p.VAR_POSITIONAL), None)
        self.count = len(self.positional)
        # arguments may be left out on the fast path when all that follow have defaults
        self.tail = [p.default for p in self.positional]
        self.required = next((i for i, p in enumerate(self.positional) if p.default is not p.empty), self.count)
        self.defaults = {p.name: p.default for p in self.keyword}
        self.plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in kinds)
        self.simple = all(p.default is not p.empty for p in self.keyword)
        self.specs = None if input_signature is None else self._checked(input_signature)

    def _checked(self, given):
        leaves = nest.flatten(given)
        if not all(isinstance(s, TypeSpec) for s in leaves):
            raise TypeError(
                "input_signature must be a possibly nested sequence of TensorSpec objects, got invalid args "
                f"{leaves} with types {[type(s) for s in leaves]}."
            )
        if len(given) > self.count and self.variadic is None:
            raise TypeError(f"input_signature contains {len(given) - self.count} extra type constraints.")
        missing = [p.name for p in self.positional[len(given) :] if p.default is p.empty]
        if missing:
            raise TypeError(f"input_signature missing type constraint for {', '.join(missing)}.")
        return tuple(given)

    def bind(self, args, kwargs):
        """Gives (args, kwargs) with defaults filled in. Raises TypeError when the call does not fit the function."""
        given = len(args)
        if not kwargs and self.simple and self.required <= given and (given <= self.count or self.variadic):
            return (args if given >= self.count else args + tuple(self.tail[given:])), dict(self.defaults)
        if self.plain and given <= self.count:
            made, left = list(args), len(kwargs)
            for p in self.positional[given:]:
                value = kwargs.get(p.name, p.default)
                left -= p.name in kwargs
                made.append(value)
            if not left and not any(v is inspect.Parameter.empty for v in made):
                return tuple(made), {}
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as e:
            raise TypeError(
                f"Binding inputs to tf.function failed due to `{e}`. Received args: {args} and kwargs: {kwargs} for signature: "
                f"{self}."
            ) from None
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def name(self, i):
        """The name of the parameter that takes positional argument `i`."""
        return self.positional[i].name if i < self.count else self.variadic

    def named(self, args, kwargs):
        """Pairs (name, value) of all arguments of a bound call."""
        pairs = [(self.name(i), a) for i, a in enumerate(args[: self.count])]
        pairs += [(f"{self.variadic}[{i}]", a) for i, a in enumerate(args[self.count :])]
        return pairs + list(kwargs.items())

    def cast(self, args, kwargs):
        """The arguments of a bound call as the tensors that `input_signature` asks for; raises TypeError where one cannot be."""
        made = []
        for i, value in enumerate(args):
            if i >= len(self.specs):
                made.append(value)
                continue
            made.append(self._cast(self.specs[i], value, args, kwargs))
        return tuple(made)

    def _cast(self, spec, value, args, kwargs):
        try:
            if isinstance(spec, TensorSpec):
                return _fitting(spec, value)
            if isinstance(spec, TypeSpec):
                if not spec.is_compatible_with(value):
                    raise TypeError(f"Can not cast {specs.type_spec_from_value(value)} to {spec}")
                return value
            nest.assert_same_structure(spec, value, check_types=False)
            flat = [self._cast(s, v, args, kwargs) for s, v in zip(nest.flatten(spec), nest.flatten(value))]
            return nest.pack_sequence_as(spec, flat)
        except (TypeError, ValueError) as e:
            if str(e).startswith("Binding inputs"):
                raise
            raise TypeError(
                f"Binding inputs to tf.function failed due to `{e}`. Received args: {args} and kwargs: {kwargs} for signature: "
                f"{self}."
            ) from None

    def __str__(self):
        if self.specs is None:
            parts = [
                p.replace(default=p.empty, annotation=p.empty)
                if p.default is p.empty
                else p.replace(default=_Captured(), annotation=p.empty)
                for p in self.signature.parameters.values()
            ]
            return str(inspect.Signature(parts))
        shown = [f"{self.name(i)}: {s!r}" for i, s in enumerate(self.specs)]
        return f"({', '.join(shown)})"


class _Captured:
    def __repr__(self):
        return "<captured_default_value>"


def _fitting(spec, value):
    if isinstance(value, TensorSpec):
        if not spec.is_compatible_with(value):
            raise TypeError(f"Can not cast {value} to {spec}")
        return value
    if not isinstance(value, Tensor):
        try:
            value = builder.current().convert(value, dtype=spec._dtype)
        except (TypeError, ValueError):
            if isinstance(value, (np.ndarray, np.generic, jax.Array)):
                raise TypeError(f"Can not cast {spec_of(value)} to {spec}") from None
            raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {spec._dtype.name}") from None
    if value._dtype.base_dtype is not spec._dtype or not shapes.compatible(spec._dims, value._shape):
        raise TypeError(f"Can not cast {TensorSpec(value._shape, value._dtype.base_dtype)} to {spec}")
    return value


def shown(value):
    """An argument's type as signatures show it: a spec, `Literal[2]`, `List[...]`."""
    if isinstance(value, (Tensor, np.ndarray, np.generic, jax.Array)):
        return repr(TensorSpec(spec_of(value)._dims, spec_of(value)._dtype))
    if isinstance(value, TensorSpec):
        return repr(TensorSpec(value._dims, value._dtype))
    if isinstance(value, collections.abc.Mapping):
        return f"Dict[{', '.join(f'[{k!r}, {shown(value[k])}]' for k in sorted(value))}]"
    if nest.is_namedtuple(value):
        return f"{type(value).__name__}[{', '.join(f'[{k!r}, {shown(v)}]' for k, v in zip(value._fields, value))}]"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__.capitalize()}[{', '.join(map(shown, value))}]"
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return f"Literal[{value!r}]"
    if isinstance(value, (TypeSpec, Held)) or nest.is_composite(value):
        return repr(specs.spec_of_composite(value) if nest.is_composite(value) else value)
    return f"Weakref[{value!r}]" if isinstance(_object(value), weakref.ref) else repr(value)


def difference(before, after):
    """What changed from one call to another, each a list of (name, value as `shown`): phrases, one an argument."""
    changed = []
    old = dict(before)
    for name, text in after:
        if name not in old:
            changed.append(f"argument '{name}' is new: {text}")
        elif old[name] != text:
            changed.append(f"argument '{name}' was {old[name]}, is {text}")
    changed += [f"argument '{name}' is gone" for name in old if name not in dict(after)]
    return changed
