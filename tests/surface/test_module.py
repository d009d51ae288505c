"""`tf.Module`: what TensorFlow 2.21 gives for the same classes."""

import pytest

import mainstem.v2 as tf

pytestmark = pytest.mark.usefixtures("eager_mode")


class Dense(tf.Module):
    def __init__(self, i, o, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.ones([i, o]), name="w")
        self.b = tf.Variable(tf.zeros([o]), name="b", trainable=False)


class MyMLP(tf.Module):
    def __init__(self):
        super().__init__()
        with self.name_scope:
            self.layers = [Dense(2, 3), Dense(3, 1, name="out")]
            self.d = {"z": tf.Variable(1.0, name="z"), "a": (tf.Variable(2.0, name="a"), Dense(1, 1))}
        self._private = tf.Variable(3.0)
        self.other = self.layers[0]

    @tf.Module.with_name_scope
    def make(self):
        self.v = tf.Variable(1.0, name="v")
        return self.v.name


def names(variables):
    assert isinstance(variables, tuple)
    return [v.name.removeprefix("my_mlp/").removesuffix(":0") for v in variables]


def test_variables_come_by_attribute_names_own_ones_first():
    m = MyMLP()
    assert m.name == "my_mlp" and m.name_scope.name == "my_mlp/"
    assert m.make() == "my_mlp/v:0" and m.make() == "my_mlp/v:0"
    assert names(m.variables) == ["Variable", "a", "z", "v", "b", "w", "b", "w", "b", "w"]
    assert names(m.trainable_variables) == ["Variable", "a", "z", "v", "w", "w", "w"]
    assert names(m.non_trainable_variables) == ["b", "b", "b"]
    assert [s.name for s in m.submodules] == ["dense", "dense", "out"]
    assert m.layers[0] is m.other and len({id(v) for v in m.variables}) == 10


def test_flatten_gives_paths():
    m = MyMLP()
    is_variable = lambda v: isinstance(v, tf.Variable)  # noqa: E731
    own = [("_private",), ("d", "a", 0), ("d", "z")]
    below = [("d", "a", 1), ("layers", 0), ("layers", 1), ("other",)]
    assert [p for p, _ in m._flatten(recursive=False, predicate=is_variable, with_path=True)] == own
    assert [p for p, _ in m._flatten(predicate=is_variable, with_path=True)] == own + [(*p, n) for p in below for n in "bw"]


def test_names():
    made = {n: type(n, (tf.Module,), {})().name for n in ("ABCModule", "HTTPNet2", "MLP", "x")}
    assert made == {"ABCModule": "abc_module", "HTTPNet2": "http_net2", "MLP": "mlp", "x": "x"}
    with tf.name_scope("outer"):
        m = tf.Module(name="_a1")
    assert (m.name, m.name_scope.name) == ("_a1", "outer/_a1/")
    with m.name_scope, m.name_scope:
        assert tf.Variable(1.0, name="q").name == "outer/_a1/q:0"
    for wrong in ("not ok", "1a", ""):
        with pytest.raises(ValueError, match="valid Python identifiers"):
            tf.Module(name=wrong)


def test_a_module_that_holds_itself_and_one_without_init():
    class Odd(tf.Module):
        def __init__(self):
            self.me = self
            self.v = tf.Variable(1.0)

    odd = Odd()
    assert odd.variables == (odd.v,) and odd.submodules == ()
    assert [p for p, _ in odd._flatten(predicate=lambda v: isinstance(v, tf.Variable), with_path=True)] == [("v",)]
    with pytest.raises(AttributeError):
        _ = odd.name


def test_in_a_graph():
    with tf.Graph().as_default():
        m = MyMLP()
        assert names(m.variables)[1:3] == ["a", "z"]
        assert [v.name for v in m.layers[1].variables] == ["my_mlp/b_1:0", "my_mlp/w_1:0"]
