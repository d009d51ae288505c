"""The objects behind the object-based checkpoint in `tests/golden/checkpoint`, for TensorFlow and for Mainstem."""


def objects(tf, steps):
    """Gives (net, optimizer, step, text) after `steps` steps of training; the net has lists, tuples, dicts and shared layers."""

    class Layer(tf.Module):
        def __init__(self, n):
            super().__init__()
            self.w = tf.Variable(tf.fill([n], float(n)), name="w")
            self.hyper = 3

    class Net(tf.Module):
        def __init__(self):
            super().__init__()
            self.layers = [Layer(1), 5, Layer(2)]
            self.pair = (Layer(3), tf.Variable(7, name="seven"))
            self.d = {"b/c": Layer(4), "a.x": tf.Variable([1.5], name="ax")}
            self.shared = self.layers[0]
            self.empty = []
            self.text = "x"

    net, step = Net(), tf.Variable(0, dtype=tf.int64, name="step", trainable=False)
    optimizer = tf.compat.v1.train.AdamOptimizer(0.1)
    for _ in range(steps):
        train(tf, net, optimizer, step)
    return net, optimizer, step, tf.Variable("hi" if steps else "", name="text")


def train(tf, net, optimizer, step):
    """One step of training."""
    vs = [v for v in net.trainable_variables if v.dtype == tf.float32]
    with tf.GradientTape() as tape:
        loss = sum(tf.reduce_sum(v**2) for v in vs)
    optimizer.apply_gradients(zip(tape.gradient(loss, vs), vs), global_step=step)


def facts(tf, net, optimizer, step):
    """The values of everything, as lists."""
    found = {"step": int(step.numpy()), "variables": [v.numpy().tolist() for v in net.variables]}
    for name in optimizer.get_slot_names():
        slots = [optimizer.get_slot(v, name) for v in net.trainable_variables]
        found[name] = [None if s is None else s.numpy().tolist() for s in slots]
    return found
