"""Nested structures as TensorFlow's `tf.nest` takes them apart and puts them together."""

import collections

import pytest

from mainstem.base import nest

Pair = collections.namedtuple("Pair", "a b")


class Composite:
    def __init__(self, *parts):
        self.parts = list(parts)

    def _nest_parts(self):
        return self.parts

    def _nest_with(self, parts):
        return Composite(*parts)


@pytest.mark.parametrize(
    "structure, leaves",
    [
        ({"b": 1, "a": [2, (3, None)]}, [2, 3, None, 1]),
        (Pair(1, [2]), [1, 2]),
        ("abc", ["abc"]),
        (None, [None]),
        (range(3), [0, 1, 2]),
        ({1, 2}, [{1, 2}]),
        (collections.OrderedDict([("b", 1), ("a", 2)]), [2, 1]),
        ([], []),
    ],
)
def test_flatten(structure, leaves):
    assert nest.flatten(structure) == leaves
    packed = nest.pack_sequence_as(structure, leaves)
    assert packed == (list(structure) if isinstance(structure, range) else structure)


def test_types_and_orders_survive():
    order = nest.pack_sequence_as(collections.OrderedDict([("b", 1), ("a", 2)]), [5, 6])
    assert list(order.items()) == [("b", 6), ("a", 5)] and isinstance(order, collections.OrderedDict)
    made = nest.pack_sequence_as(collections.defaultdict(list, {"a": [1]}), [3])
    assert made == {"a": [3]} and made["new"] == []
    assert nest.map_structure(lambda a, b: a + b, Pair(1, (2,)), Pair(3, (4,))) == Pair(4, (6,))


def test_composites_are_leaves_unless_expanded():
    c = Composite(1, 2)
    assert nest.flatten([c]) == [c]
    assert nest.flatten([c, 3], expand_composites=True) == [1, 2, 3]
    made = nest.map_structure(lambda x: x * 10, [c, 3], expand_composites=True)
    assert made[0].parts == [10, 20] and made[1] == 30


def test_paths():
    pairs = nest.flatten_with_paths({"b": [1, 2], "a": Pair(3, 4)})
    assert pairs == [(("a", "a"), 3), (("a", "b"), 4), (("b", 0), 1), (("b", 1), 2)]


@pytest.mark.parametrize(
    "call, kind, words",
    [
        (lambda: nest.pack_sequence_as({"b": 0, "a": [0]}, [1]), ValueError, "Structure had 2 atoms, but flat_sequence had 1"),
        (lambda: nest.pack_sequence_as(0, [1, 2]), ValueError, "The target structure is of type"),
        (lambda: nest.pack_sequence_as([1, 2], 5), TypeError, "Attempted to pack value"),
        (lambda: nest.map_structure(max, [1, (2,)], [3, [4]]), TypeError, "don't have the same sequence type"),
        (lambda: nest.map_structure(max, [1, 2], [3]), ValueError, "same number of elements"),
        (lambda: nest.assert_same_structure({"a": 1}, {"b": 1}), ValueError, "same set of keys"),
        (lambda: nest.assert_same_structure(1, [1]), ValueError, "is a sequence, while substructure"),
        (lambda: nest.map_structure(1, [1]), TypeError, "func must be callable"),
        (lambda: nest.map_structure(max), ValueError, "at least one structure"),
        (lambda: nest.flatten({1: 2, "a": 3}), TypeError, "not supported between"),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_types_may_differ_on_request():
    assert nest.map_structure(lambda a, b: a + b, [1, (2,)], [3, [4]], check_types=False) == [4, (6,)]
