"""Programs of k-means: run under TensorFlow 1.15 by `golden/record_factorization.py`, under Mainstem by `test_factorization.py`.

A program is the arguments of `KMeans`, what the first steps are fed for its centers, and how many steps follow on all points. After
a step on a small batch nothing is compared: TensorFlow reads counts while it adds to them, and which comes first is a race there.
"""

import numpy as np

POINTS = np.round(np.random.RandomState(0).normal(size=(40, 3)), 3).astype("float32")
FEW = [slice(0, 2), slice(2, 3), slice(3, 12), slice(12, 14)]  # too few points for all centers at first
ALL = [slice(0, 30)]


def first_points(inputs, number):
    """A function that gives the first centers."""
    inputs = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
    return inputs[:number]


PROGRAMS = {
    "cosine, small batches": (dict(distance_metric="cosine", use_mini_batch=True), ALL, 1),
    "cosine": (dict(distance_metric="cosine", random_seed=5), ALL, 3),
    "all points": ({}, ALL, 4),
    "small batches": (dict(use_mini_batch=True), ALL, 1),
    "steps of two batches": (dict(use_mini_batch=True, mini_batch_steps_per_iteration=2), ALL, 1),
    "few points": (dict(random_seed=3), FEW, 2),
    "few points, two batches": (dict(use_mini_batch=True, mini_batch_steps_per_iteration=2), FEW, 1),
    "k-means++": (dict(initial_clusters="kmeans_plus_plus"), ALL, 3),
    "k-means++, cosine": (dict(initial_clusters="kmeans_plus_plus", distance_metric="cosine", random_seed=7), ALL, 2),
    "k-means++, no retries": (dict(initial_clusters="kmeans_plus_plus", kmeans_plus_plus_num_retries=0, random_seed=2), ALL, 1),
    "an array": (dict(initial_clusters=POINTS[5:9]), ALL, 3),
    "a function": (dict(initial_clusters=first_points), ALL, 3),
    "two inputs": (dict(use_mini_batch=True, random_seed=1), [slice(0, 40)], 1),
}
ERRORS = {
    "metric": dict(distance_metric="l1"),
    "initial": dict(initial_clusters="nonsense", distance_metric="squared_euclidean"),
}
RAGGED = {"k-means++ of few points": (dict(initial_clusters="kmeans_plus_plus"), FEW)}


def _built(tf, name, settings):
    inputs = tf.placeholder(tf.float32, [None, 3], name="points")
    fed = [inputs[:20], inputs[20:]] if name == "two inputs" else inputs
    settings = {k: tf.constant(v) if isinstance(v, np.ndarray) else v for k, v in settings.items()}
    return inputs, tf.contrib.factorization.KMeans(fed, 4, **settings).training_graph()


def outcome(tf, name):
    """What a program makes of the points, and its variables."""
    settings, begins, steps = PROGRAMS[name]
    with tf.Graph().as_default(), tf.Session() as session:
        inputs, made = _built(tf, name, settings)
        found = {"variables": [[v.op.name, v.dtype.base_dtype.name] for v in tf.trainable_variables()]}
        session.run(tf.global_variables_initializer())

        def centers():
            return session.run(tf.trainable_variables()[0]).tolist()

        found["first"] = [
            [bool(session.run(made[4], {inputs: POINTS[b]})), bool(session.run(made[3])), len(centers())] for b in begins
        ]
        found["steps"] = []
        for _ in range(steps):
            distances, indices, nearest = session.run(made[:3], {inputs: POINTS})
            session.run(made[5], {inputs: POINTS})
            indices = [i.tolist() for i in indices]
            found["steps"].append([[d[:3].tolist() for d in distances], indices, [n.tolist() for n in nearest]])
            if "use_mini_batch" not in settings:
                found["steps"][-1].append(centers())
        return found


def failure(tf, settings):
    """The type and text of the error that building raises."""
    try:
        with tf.Graph().as_default():
            _built(tf, "", settings)
    except Exception as e:
        return [type(e).__name__, str(e)]
    return None


def run_failure(tf, name):
    """The type of the error that choosing centers raises."""
    settings, begins = RAGGED[name]
    with tf.Graph().as_default(), tf.Session() as session:
        inputs, made = _built(tf, name, settings)
        session.run(tf.global_variables_initializer())
        try:
            session.run(made[4], {inputs: POINTS[begins[0]]})
        except tf.errors.OpError as e:
            return type(e).__name__
    return None
