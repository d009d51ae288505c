"""Nested structures: lists, tuples, named tuples, mappings (in the order of their sorted keys) and attrs classes with leaves inside.

A composite, such as a SparseTensor, is a leaf unless `expand_composites`; then its parts are: a class is one when it has
`_nest_parts()`, the list of its parts, and `_nest_with(parts)`, another of its kind with these parts.
"""

import collections.abc

_SEQUENCES = (list, tuple)  # looked at first: `abc` checks cost a microsecond


def is_nested(seq):
    """Whether `seq` has leaves inside: a sequence (text is none), a mapping or an attrs class."""
    if isinstance(seq, (*_SEQUENCES, dict)):
        return True
    if isinstance(seq, (str, bytes, type)):
        return False
    return isinstance(seq, (collections.abc.Sequence, collections.abc.Mapping)) or _is_attrs(seq)


def _is_attrs(value):
    return hasattr(type(value), "__attrs_attrs__")


def is_composite(value):
    """Whether `value` is an object made of tensors."""
    return hasattr(type(value), "_nest_parts")


def is_namedtuple(value):
    """Whether `value` is a named tuple."""
    return isinstance(value, tuple) and hasattr(type(value), "_fields")


def _children(structure):
    if isinstance(structure, collections.abc.Mapping):
        return [structure[k] for k in sorted(structure)]
    if _is_attrs(structure):
        return [getattr(structure, a.name) for a in type(structure).__attrs_attrs__]
    return structure


def flatten(structure, expand_composites=False):
    """The leaves as a list; a leaf alone gives a list of one. Raises TypeError when keys of a mapping cannot be sorted."""
    out = []
    _flatten(structure, expand_composites, out)
    return out


def _flatten(structure, expand, out):
    if is_nested(structure):
        for child in _children(structure):
            _flatten(child, expand, out)
    elif expand and is_composite(structure):
        for part in structure._nest_parts():
            _flatten(part, expand, out)
    else:
        out.append(structure)


def flatten_with_paths(structure, expand_composites=False, path=()):
    """Pairs (path, leaf): a path is the tuple of keys, field names and positions that lead to the leaf."""
    if isinstance(structure, collections.abc.Mapping):
        steps = [(k, structure[k]) for k in sorted(structure)]
    elif is_namedtuple(structure):
        steps = list(zip(structure._fields, structure))
    elif _is_attrs(structure):
        steps = [(a.name, getattr(structure, a.name)) for a in type(structure).__attrs_attrs__]
    elif is_nested(structure):
        steps = list(enumerate(structure))
    elif expand_composites and is_composite(structure):
        steps = list(enumerate(structure._nest_parts()))
    else:
        return [(path, structure)]
    return [pair for key, child in steps for pair in flatten_with_paths(child, expand_composites, (*path, key))]


def pack_sequence_as(structure, flat_sequence, expand_composites=False):
    """Gives the leaves of `flat_sequence` the form of `structure`.

    Raises TypeError when `flat_sequence` is not a sequence, ValueError when the numbers of leaves differ.
    """
    if not is_nested(flat_sequence):
        raise TypeError(
            f"Attempted to pack value:\n  {flat_sequence!r}\ninto a structure, but found incompatible type "
            f"`{type(flat_sequence)}` instead."
        )
    flat_sequence = list(flat_sequence)
    count = len(flatten(structure, expand_composites))
    if not is_nested(structure) and not (expand_composites and is_composite(structure)):
        if len(flat_sequence) != 1:
            raise ValueError(
                f"The target structure is of type `{type(structure)}`\n  {structure!r}\nHowever the input is a sequence "
                f"({type(flat_sequence)}) of length {len(flat_sequence)}.\n  {flat_sequence!r}\n"
                "nest cannot guarantee that it is safe to map one to the other."
            )
        return flat_sequence[0]
    if count != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {count} atoms, but flat_sequence had {len(flat_sequence)} items.  "
            f"Structure: {structure!r}, flat_sequence: {flat_sequence!r}."
        )
    return _pack(structure, iter(flat_sequence), expand_composites)


def _pack(structure, leaves, expand):
    if not is_nested(structure):
        if expand and is_composite(structure):
            return structure._nest_with([_pack(p, leaves, expand) for p in structure._nest_parts()])
        return next(leaves)
    if isinstance(structure, collections.abc.Mapping):
        made = {k: _pack(structure[k], leaves, expand) for k in sorted(structure)}
        return _like_mapping(structure, made)
    return like_sequence(structure, [_pack(child, leaves, expand) for child in _children(structure)])


def _like_mapping(structure, made):
    if type(structure) is dict:
        return {k: made[k] for k in structure}
    if isinstance(structure, collections.defaultdict):
        out = collections.defaultdict(structure.default_factory)
        out.update((k, made[k]) for k in structure)
        return out
    return type(structure)((k, made[k]) for k in structure)


def like_sequence(structure, values):
    """`values` in the type of the sequence or attrs object `structure`."""
    if type(structure) is list:
        return list(values)
    if is_namedtuple(structure) or _is_attrs(structure):
        return type(structure)(*values)
    if isinstance(structure, range):
        return list(values)
    return type(structure)(values)


def map_structure(func, *structure, check_types=True, expand_composites=False):
    """`func` of the leaves at the same place of every structure, in the form of the first.

    Raises TypeError when `func` is not callable or types differ (unless not `check_types`), ValueError when structures differ.
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types, expand_composites=expand_composites)
    flat = [flatten(s, expand_composites) for s in structure]
    return _pack(structure[0], iter([func(*leaves) for leaves in zip(*flat)]), expand_composites)


def assert_same_structure(nest1, nest2, check_types=True, expand_composites=False):
    """Raises ValueError when two structures have not the same form, TypeError when only their sequence types differ."""
    try:
        _compare(nest1, nest2, check_types, expand_composites)
    except (ValueError, TypeError) as e:
        shown = [map_structure(lambda _: _Dot(), n) for n in (nest1, nest2)]
        raise type(e)(
            f"The two structures don't have the same nested structure.\n\nFirst structure: {_typed(nest1)}\n\nSecond structure: "
            f"{_typed(nest2)}\n\nMore specifically: {e}\nEntire first structure:\n{shown[0]}\nEntire second structure:\n{shown[1]}"
        ) from None


class _Dot:
    def __repr__(self):
        return "."


def _typed(value):
    return f"type={type(value).__name__} str={value}"


def _compare(a, b, check_types, expand):
    inside = [is_nested(s) or (expand and is_composite(s)) for s in (a, b)]
    if inside[0] != inside[1]:
        whole, leaf = (a, b) if inside[0] else (b, a)
        raise ValueError(f'Substructure "{_typed(whole)}" is a sequence, while substructure "{_typed(leaf)}" is not')
    if not inside[0]:
        return
    if not is_nested(a) or not is_nested(b):
        parts = [s._nest_parts() if is_composite(s) else None for s in (a, b)]
        if type(a) is not type(b) or len(parts[0]) != len(parts[1]):
            raise ValueError(f"Incompatible composites: {_typed(a)} and {_typed(b)}")
        return
    mappings = [isinstance(s, collections.abc.Mapping) for s in (a, b)]
    if check_types and type(a) is not type(b) and not all(mappings):
        raise TypeError(
            "The two structures don't have the same sequence type. "
            f"First structure {_typed(a)} has type {type(a).__name__}, while second structure {_typed(b)} has type {type(b).__name__}"
        )
    if all(mappings) and set(a) != set(b):
        raise ValueError(
            "The two dictionaries don't have the same set of keys. "
            f"First structure has keys {_typed(list(a))}, while second structure has keys {_typed(list(b))}"
        )
    first, second = list(_children(a)), list(_children(b))
    if len(first) != len(second):
        raise ValueError(
            "The two structures don't have the same number of elements. "
            f"First structure: {_typed(a)}. Second structure: {_typed(b)}"
        )
    for x, y in zip(first, second):
        _compare(x, y, check_types, expand)
