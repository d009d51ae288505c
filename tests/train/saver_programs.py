"""Small programs that make savers, run by the recorder under TensorFlow 1.15 and by the tests under Mainstem.

Each takes `tf` and gives the savers whose SaverDefs are compared, with all nodes of the graph.
"""

PROGRAMS = {}


def program(fn):
    PROGRAMS[fn.__name__] = fn
    return fn


def zeros(tf):
    return {"initializer": tf.zeros_initializer()}


@program
def plain(tf):
    tf.get_variable("a", [2, 3], **zeros(tf))
    tf.Variable(1, name="b")
    tf.get_variable("c", [2], use_resource=True, **zeros(tf))
    return [tf.train.Saver(), tf.train.Saver(max_to_keep=None, keep_checkpoint_every_n_hours=2)]


@program
def reshape(tf):
    tf.get_variable("a", [2, 3], **zeros(tf))
    tf.get_variable("c", [2], use_resource=True, **zeros(tf))
    return [tf.train.Saver(reshape=True)]


@program
def sharded(tf):
    with tf.device("/cpu:0"):
        tf.get_variable("a", [2, 3], **zeros(tf))
    with tf.device("/job:ps/task:1"):
        tf.get_variable("c", [2], use_resource=True, **zeros(tf))
        tf.get_variable("e", [2], **zeros(tf))
    tf.get_variable("d", [2], **zeros(tf))
    return [tf.train.Saver(sharded=True), tf.train.Saver()]


@program
def partitioned(tf):
    whole = tf.get_variable("p", [5, 3], partitioner=tf.fixed_size_partitioner(2), **zeros(tf))
    other = tf.get_variable("q", [2], **zeros(tf))
    return [tf.train.Saver(), tf.train.Saver({"z": other, "y": whole}, name="mine", restore_sequentially=True)]


@program
def in_scopes(tf):
    with tf.variable_scope("x"):
        a = tf.get_variable("a", [2], **zeros(tf))
        with tf.name_scope("y"):
            first = tf.train.Saver([a], filename="other")
    late = tf.train.Saver(defer_build=True)
    tf.Variable(2.0, name="late", validate_shape=False)
    late.build()
    return [first, late, tf.train.Saver({"n/a": a})]


@program
def from_checkpoint(tf):
    with tf.variable_scope("out"):
        a = tf.get_variable("a", [2, 3], **zeros(tf))
        c = tf.get_variable("c", [2], use_resource=True, **zeros(tf))
        p = tf.get_variable("p", [5, 3], partitioner=tf.fixed_size_partitioner(2), **zeros(tf))
    tf.train.init_from_checkpoint(tf.checkpoint, {"a": "out/a", "c": c, "p": list(p)})
    return [a.initializer.name.partition(":")[0], a.initial_value.name, c.initializer.name]  # TensorFlow has a tensor there


@program
def scope_from_checkpoint(tf):
    with tf.variable_scope("out"):
        tf.get_variable("a", [2, 3], **zeros(tf))
        tf.get_variable("c", [2], **zeros(tf))
    tf.train.init_from_checkpoint(tf.checkpoint, {"/": "out/"})


@program
def missing_tensor(tf):
    tf.train.init_from_checkpoint(tf.checkpoint, {"zz": tf.get_variable("a", [2, 3], **zeros(tf))})


@program
def missing_variable(tf):
    tf.train.init_from_checkpoint(tf.checkpoint, {"a": "none"})


@program
def wrong_scope(tf):
    tf.train.init_from_checkpoint(tf.checkpoint, {"sc/": "a"})


@program
def wrong_shape(tf):
    tf.train.init_from_checkpoint(tf.checkpoint, {"c": tf.get_variable("a", [2, 3], **zeros(tf))})


@program
def nothing(tf):
    return [tf.train.Saver()]


@program
def same_name(tf):
    a = tf.Variable(1.0, name="a")
    b = tf.Variable(1.0, name="b")
    return [tf.train.Saver({"a": [a, b]})]


@program
def not_a_variable(tf):
    return [tf.train.Saver([tf.constant(1.0)])]


@program
def deferred_with_list(tf):
    return [tf.train.Saver([tf.Variable(1.0)], defer_build=True)]
