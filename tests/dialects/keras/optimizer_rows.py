"""Five steps of every optimizer of `tf.keras`, dense and sparse; run under TensorFlow 1.15 by `golden/record_keras_parts.py`."""

import numpy as np

STEPS = 5
ROWS = {
    "sgd": lambda o: o.SGD(0.1),
    "sgd decayed": lambda o: o.SGD(lr=0.1, decay=0.5, clipvalue=0.8),
    "sgd momentum": lambda o: o.SGD(0.1, momentum=0.9, clipnorm=0.7),
    "sgd nesterov": lambda o: o.SGD(0.1, momentum=0.9, nesterov=True),
    "sgd scheduled": lambda o: o.SGD(o.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "sgd piecewise": lambda o: o.SGD(o.schedules.PiecewiseConstantDecay([1, 3], [0.1, 0.2, 0.05])),
    "sgd polynomial": lambda o: o.SGD(o.schedules.PolynomialDecay(0.1, 3, power=2.0)),
    "sgd inverse": lambda o: o.SGD(o.schedules.InverseTimeDecay(0.1, 2, 0.5, staircase=True)),
    "rmsprop": lambda o: o.RMSprop(0.1),
    "rmsprop centered": lambda o: o.RMSprop(0.1, centered=True),
    "rmsprop momentum": lambda o: o.RMSprop(0.1, momentum=0.5, centered=True),
    "adagrad": lambda o: o.Adagrad(0.1),
    "adadelta": lambda o: o.Adadelta(1.0),
    "adam": lambda o: o.Adam(0.1),
    "adam amsgrad": lambda o: o.Adam(0.1, amsgrad=True, decay=0.1),
    "adamax": lambda o: o.Adamax(0.1),
    "nadam": lambda o: o.Nadam(0.1),
    "ftrl": lambda o: o.Ftrl(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.1),
    "ftrl shrunk": lambda o: o.Ftrl(0.1, l2_shrinkage_regularization_strength=0.1),
}


def outcome(tf, name):
    """(what is told, arrays): the variables after every step, then the optimizer's."""
    with tf.Graph().as_default():
        optimizer = ROWS[name](tf.keras.optimizers)
        v = tf.get_variable("v", initializer=np.float32([1.0, -2.0]), use_resource=True)
        e = tf.get_variable("s/e", initializer=np.ones((4, 2), "float32"), use_resource=True)
        rows = tf.placeholder(tf.int32, [3])

        def loss():
            return tf.reduce_sum(v * v * v) + tf.reduce_sum(tf.square(tf.gather(e, rows)) * [1.0, 2.0])

        step, arrays = optimizer.minimize(loss, [v, e]), []
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for i in range(STEPS):
                session.run(step, {rows: [[0, 2, 0], [1, 1, 1]][i % 2]})
                arrays += session.run([v, e])
            arrays += list(optimizer.get_weights())
            told = {"config": optimizer.get_config(), "weights": [w.name for w in optimizer.weights], "op": step.name}
            told["slots"] = sorted(optimizer.get_slot_names())
            told["all"] = sorted(w.name for w in tf.global_variables())
            told["trainable"] = [w.name for w in tf.trainable_variables()]
    return told, arrays


def eagerly(tf, name):
    """The variable after the steps in eager mode."""
    optimizer = ROWS[name](tf.keras.optimizers)
    v = tf.Variable(np.float32([1.0, -2.0]), name="v")
    for _ in range(STEPS):
        optimizer.minimize(lambda: tf.reduce_sum(v * v * v), [v])
    return {"weights": [w.name for w in optimizer.weights]}, [v.numpy(), *optimizer.get_weights()]
