"""Programs with tf.distributions that run the same under TensorFlow 1.15 and Mainstem. Imports under Python 3.7."""

import numpy as np

POINTS = np.float32([-30, -6, -2.0, -0.3, 0, 0.7, 3, 8])
OF_VALUE = ["prob", "log_prob", "cdf", "log_cdf", "survival_function", "log_survival_function"]


def values(tf, run):
    one, many = tf.distributions.Normal(0.5, 2.0), tf.distributions.Normal([0.0, 1.0], [[1.0], [2.0]])
    standard, other = tf.distributions.Normal(0.0, 1.0), tf.distributions.Normal([1.0, 2.0], 3.0)
    double = tf.distributions.Normal(np.float64(0), np.float64(1))
    made = {name: getattr(one, name)(POINTS) for name in OF_VALUE}
    made["quantile"] = one.quantile(np.float32([0.001, 0.025, 0.3, 0.5, 0.975, 0.9999]))
    made["log_cdf_far"] = standard.log_cdf(np.linspace(-40, 12, 40, dtype=np.float32))
    made["log_cdf_double"] = double.log_cdf(np.linspace(-40, 12, 14))
    made["slope"] = tf.gradients(standard.log_cdf(tf.constant(POINTS, name="points")), [standard.loc])[0]
    made.update({name: getattr(many, name)() for name in ["entropy", "mean", "stddev", "variance", "mode"]})
    made["kl"], made["kl_back"] = standard.kl_divergence(other), tf.distributions.kl_divergence(other, standard)
    made["cross_entropy"] = standard.cross_entropy(other)
    return {k: v.tolist() for k, v in run(made).items()}


def graph(tf):
    with tf.Graph().as_default() as made:
        tf.set_random_seed(7)
        normal = tf.distributions.Normal(1.0, 2.0)
        drawn = normal.sample(3, seed=11)
        normal.mean()
        nodes = [[o.name, o.type] for o in made.get_operations()]
        return {"nodes": nodes, "sample": tf.Session(graph=made).run(drawn).tolist()}
