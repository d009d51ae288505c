"""`tf.distributions` against TensorFlow 1.15 (golden/record_distributions.py): values, nodes, samples, errors; classes of programs."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import distribution_programs as programs

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "distributions.json").read_text())
D = tf.distributions


def run(x):
    return tf.Session().run(x)


def test_values_are_tensorflows_far_from_the_mean_too():
    made = programs.values(tf, run)
    assert made.keys() == RECORD["values"].keys()
    for name, wanted in RECORD["values"].items():
        np.testing.assert_allclose(made[name], wanted, rtol=3e-6, err_msg=name)


def test_nodes_and_seeded_samples_are_tensorflows():
    made = programs.graph(tf)
    assert made["nodes"] == RECORD["graph"]["nodes"]
    np.testing.assert_allclose(made["sample"], RECORD["graph"]["sample"], rtol=1e-5)


def test_samples_have_the_shape_of_the_samples_then_of_the_batch():
    normal = D.Normal([0.0, 1.0], [[1.0], [2.0]])
    assert (
        normal.sample([2, 3]).shape == [2, 3, 2, 2] and normal.sample().shape == [2, 2] and normal.sample(5).shape == [5, 2, 2]
    )
    assert normal.sample(tf.placeholder(tf.int32, [None])).shape.ndims is None
    sizes = tf.placeholder(tf.int32, [2])
    drawn = normal.sample(sizes)
    assert drawn.shape.as_list() == [None, None, 2, 2]
    assert tf.Session().run(drawn, {sizes: [3, 1]}).shape == (3, 1, 2, 2)
    many = run(D.Normal(3.0, 0.5).sample(20000, seed=1))
    assert abs(many.mean() - 3) < 0.02 and abs(many.std() - 0.5) < 0.02


def test_a_normal_tells_what_it_is():
    normal = D.Normal([0.0, 1.0], [[1.0], [2.0]])
    assert repr(normal) == "<tfp.distributions.Normal 'Normal/' batch_shape=(2, 2) event_shape=() dtype=float32>"
    assert str(normal) == 'tfp.distributions.Normal("Normal/", batch_shape=(2, 2), event_shape=(), dtype=float32)'
    assert run(normal.batch_shape_tensor()).tolist() == [2, 2] and run(normal.event_shape_tensor()).tolist() == []
    assert not run(normal.is_scalar_batch()) and run(normal.is_scalar_event())
    other = normal.copy(loc=3.0)
    assert other.batch_shape == [2, 1] and other.parameters["scale"] == [[1.0], [2.0]]
    assert D.Normal.param_static_shapes([2, 3]) == {"loc": tf.TensorShape([2, 3]), "scale": tf.TensorShape([2, 3])}
    assert normal.reparameterization_type is D.FULLY_REPARAMETERIZED


def test_wrong_parameters_raise_as_in_tensorflow():
    with pytest.raises(ValueError, match="Expected floating point type, got"):
        D.Normal(1, 2)
    with pytest.raises(ValueError, match="must be of the same type"):
        D.Normal(np.float32(1), np.float64(2))
    with pytest.raises(TypeError, match="p.dtype=.*float16.* is not handled"):
        D.Normal(np.float16(0), np.float16(1)).quantile(np.float16(0.5))
    with pytest.raises(NotImplementedError, match="covariance is not implemented: Normal"):
        D.Normal(0.0, 1.0).covariance()
    with pytest.raises(tf.errors.InvalidArgumentError, match="did not hold element-wise"):
        run(D.Normal(0.0, -1.0, validate_args=True).mean())
    nan = D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(float("nan"), 1.0), allow_nan_stats=False)
    with pytest.raises(tf.errors.InvalidArgumentError, match="returned NaN values"):
        run(nan)


class Rising(D.Distribution):
    """A distribution of a program: it gives a few methods, the base the others."""

    def __init__(self, k, name="Rising"):
        parameters = dict(locals())
        self._k = tf.constant(k)
        super().__init__(tf.float32, D.NOT_REPARAMETERIZED, False, True, parameters, [self._k], name)

    def _batch_shape(self):
        return self._k.shape

    def _event_shape(self):
        return tf.TensorShape([])

    def _prob(self, x):
        return x * self._k

    def _cdf(self, x):
        return x / 4

    def _sample_n(self, n, seed=None):
        return tf.zeros([n, *self._k.shape.as_list()]) + self._k

    def _variance(self):
        return self._k * 4


def test_a_class_of_a_program_gets_the_rest_from_the_base():
    d = Rising([2.0, 3.0])
    assert d.parameters == {"k": [2.0, 3.0], "name": "Rising"}
    np.testing.assert_allclose(run(d.log_prob(2.0)), np.log([4, 6]), rtol=1e-6)
    assert run(d.survival_function(1.0)) == 0.75 and run(d.log_survival_function(1.0)) == pytest.approx(np.log(0.75))
    np.testing.assert_allclose(run(d.stddev()), np.sqrt([8, 12]), rtol=1e-6)
    assert run(d.sample([2, 2])).shape == (2, 2, 2)
    for name in ("mean", "entropy", "mode"):
        with pytest.raises(NotImplementedError, match=f"{name} is not implemented: Rising"):
            getattr(d, name)()
    with pytest.raises(NotImplementedError, match="quantile is not implemented: Rising"):
        d.quantile(0.5)


def test_divergences_are_registered_for_classes_and_those_that_derive_from_them():
    class Steep(Rising):
        pass

    with pytest.raises(NotImplementedError, match="distribution_a type Steep and distribution_b type Normal"):
        Steep(1.0).kl_divergence(D.Normal(0.0, 1.0))
    register = D.RegisterKL(Rising, Steep)
    register(lambda a, b, name=None: a._k - b._k)
    assert run(Steep(3.0).kl_divergence(Steep(1.0))) == 2.0
    with pytest.raises(ValueError, match=r"KL\(Rising \|\| Steep\) has already been registered"):
        register(lambda a, b, name=None: a)
