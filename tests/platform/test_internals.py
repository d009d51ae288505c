"""The tools of TensorFlow's own source: deprecation notes, decorators, lists of public names."""

import json
import sys
import types

import numpy as np
import pytest

from mainstem.base import dtypes, shapes
from mainstem.platform import internals, logging


@pytest.fixture
def warned(monkeypatch):
    """The warnings that are logged, as a list of texts."""
    found = []
    monkeypatch.setattr(logging, "warning", lambda text, *args: found.append(text % args))
    return found


def test_deprecated_functions_say_so_once(warned):
    @internals.deprecated("2020-01-01", "Use g.")
    def f(x):
        """Gives x."""
        return x

    assert (f(1), f(x=2), f.__name__, f.__doc__) == (1, 2, "f", "Gives x.")
    (text,) = warned
    assert (
        "test_internals.py:" in text
        and "is deprecated and will be removed after 2020-01-01.\nInstructions for updating:\nUse g." in text
    )
    always = internals.deprecated(None, "Use g.", warn_once=False)(lambda: 3)
    assert always() == always() == 3 and len(warned) == 3 and "in a future version" in warned[-1]


def test_deprecated_classes_stay_classes(warned):
    @internals.deprecated(None, "Use D.")
    class C:
        def __init__(self, x):
            self.x = x

    assert C(3).x == 3 and isinstance(C, type) and len(warned) == 1


def test_deprecated_arguments(warned):
    @internals.deprecated_args(None, "Use b.", "a", ("c", None))
    def g(a=None, b=None, c=None):
        return a, b, c

    g(b=1), g(c=None)
    assert not warned
    assert g(1) == (1, None, None) and g(c=2) == (None, None, 2) and g(3, c=4) == (3, None, 4)
    assert [w.split(" with ")[1].split(" ")[0] for w in warned] == ["a", "c"]
    with pytest.raises(ValueError, match="has no arguments"):
        internals.deprecated_args(None, "Use b.", "nothing")(lambda a: a)


@pytest.mark.parametrize(
    "date, instructions, words", [(None, "", "without conversion"), ("x", "y", "YYYY-MM-DD"), ("2020-1-1", "y", "2020-1-1")]
)
def test_deprecation_needs_a_date_and_instructions(date, instructions, words):
    with pytest.raises(ValueError, match=words):
        internals.deprecated(date, instructions)


def test_an_argument_with_two_names():
    look = internals.deprecated_argument_lookup
    assert look("new", None, "old", 2) == 2 and look("new", 3, "old", None) == 3 and look("new", None, "old", None) is None
    with pytest.raises(ValueError, match="Cannot specify both 'old' and 'new'"):
        look("new", 1, "old", 2)


def test_decorators_are_unwrapped():
    def f():
        """Text."""

    def outer():
        return internals.make_decorator(f, lambda: 5)

    once = outer()
    twice = internals.make_decorator(once, lambda: 6, "named", "Other text.")
    assert (once(), once.__name__, once.__doc__, twice.__doc__, once.__wrapped__) == (5, "f", "Text.", "Other text.", f)
    found, below = internals.unwrap(twice)
    assert below is f and [d.decorator_name for d in found] == ["named", "outer"] and internals.unwrap(f) == ([], f)
    assert internals.tf_export("x", v1=["y"])(f) is f


def test_argument_lists():
    def h(a, b=2, *args, **kw):
        pass

    assert internals.getargspec(h) == (["a", "b"], "args", "kw", (2,))


def test_names_that_a_docstring_marks(monkeypatch):
    module = types.ModuleType("marked", "Text.\n\n@@one\n@@two\n")
    module.one = module.two = module.three = module.four = module._hidden = 1
    monkeypatch.setitem(sys.modules, "marked", module)
    assert internals.make_all("marked") == ["one", "two"]
    internals.remove_undocumented("marked", ["four"])
    assert sorted(n for n in vars(module) if not n.startswith("__")) == ["_hidden", "four", "one", "two"]


def test_json():
    values = [
        np.float32(1.5),
        np.arange(3),
        shapes.TensorShape([1, None]),
        dtypes.float32,
        test_json,
        types.MappingProxyType({"a": 1}),
    ]
    assert (
        json.dumps(values, default=internals.get_json_type) == '[1.5, [0, 1, 2], [1, null], "float32", "test_json", {"a": 1}]'
    )
    with pytest.raises(TypeError, match="Not JSON Serializable"):
        json.dumps(object(), default=internals.get_json_type)
