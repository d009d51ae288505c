"""Programs of `tf.contrib.losses`: run under TensorFlow 1.15 by `golden/record_metrics.py`, under Mainstem by `test_contrib_losses.py`."""

import numpy as np

_RANDOM = np.random.RandomState(3)
PREDICTIONS, LABELS = (_RANDOM.rand(4, 3).astype("float32") for _ in range(2))
ONE_HOT = np.eye(3, dtype="float32")[[0, 2, 1, 0]]
ANCHORS, POSITIVES = (_RANDOM.randn(6, 4).astype("float32") for _ in range(2))
NUMBERS = np.array([0, 1, 0, 1, 2, 2], "int32")
WEIGHTS = {
    "number": 2.0,
    "zero": 0.0,
    "[4]": [1.0, 0, 2, 0.5],
    "[4,1]": [[1.0], [0], [2], [0.5]],
    "[4,3]": (LABELS > 0.5).astype("float32"),
    "[1]": [3.0],
    "[1,3]": [[1.0, 2, 3]],
    "[3]": [1.0, 2, 3],
}


def _plain(name, *more, **kwargs):
    return lambda tf: getattr(tf.contrib.losses, name)(tf.constant(PREDICTIONS), tf.constant(LABELS), *more, **kwargs)


def _classes(name, *more, **kwargs):
    return lambda tf: getattr(tf.contrib.losses, name)(tf.constant(PREDICTIONS), tf.constant(ONE_HOT), *more, **kwargs)


def _numbers(labels, *more, **kwargs):
    return lambda tf: tf.contrib.losses.sparse_softmax_cross_entropy(
        tf.constant(PREDICTIONS), tf.constant(labels), *more, **kwargs
    )


def _total(tf):
    c = tf.contrib.losses
    c.absolute_difference(tf.constant(PREDICTIONS), tf.constant(LABELS), scope="inner")
    c.add_loss(tf.constant(2.0))
    c.add_loss(tf.constant(5.0), loss_collection=None)
    tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.constant(3.0))
    assert len(c.get_losses()) == 2 and len(c.get_losses("inner")) == 1 and len(c.get_regularization_losses()) == 1
    return [c.get_total_loss(), c.get_total_loss(add_regularization_losses=False, name="less")]


def _learning(name, *more, **kwargs):
    def program(tf):
        f = getattr(tf.contrib.losses.metric_learning, name)
        anchors, positives = tf.constant(ANCHORS), tf.constant(POSITIVES)
        given = (anchors, positives) if name in ("contrastive_loss", "npairs_loss") else (anchors,)
        labels = NUMBERS.astype("int64") if name == "cluster_loss" else NUMBERS % 2 if name == "contrastive_loss" else NUMBERS
        labels = tf.constant(labels)
        loss = f(labels, *given, *more, **kwargs)
        return [loss, *tf.gradients(loss, list(given))]

    return program


def _multilabel(tf):
    labels = [tf.SparseTensor([[0, x] for x in r], [1] * len(r), [1, 4]) for r in ([0, 1], [1], [2], [0, 3], [3], [1, 2])]
    return tf.contrib.losses.metric_learning.npairs_loss_multilabel(labels, tf.constant(ANCHORS), tf.constant(POSITIVES))


PROGRAMS = {"total": _total, "npairs multilabel": _multilabel, "hinge": _plain("hinge_loss")}
for _name in ("absolute_difference", "mean_squared_error", "log_loss", "mean_pairwise_squared_error"):
    PROGRAMS[_name] = _plain(_name, scope="own")
    for _label, _weights in WEIGHTS.items():
        if _label != "[3]" and not (_name.startswith("mean_pair") and _label in ("[4,3]", "[1,3]")):
            PROGRAMS[f"{_name} {_label}"] = _plain(_name, _weights)
PROGRAMS["cosine"] = _plain("cosine_distance", 1)
PROGRAMS["cosine dim"] = _plain("cosine_distance", dim=0)
PROGRAMS["cosine weighted"] = _plain("cosine_distance", 1, WEIGHTS["[4]"])
for _name in ("softmax_cross_entropy", "sigmoid_cross_entropy"):
    PROGRAMS[_name] = _classes(_name)
    PROGRAMS[f"{_name} weighted"] = _classes(_name, WEIGHTS["[4]"], label_smoothing=0.1)
PROGRAMS["sparse"] = _numbers([0, 2, 1, 0])
PROGRAMS["sparse columns"] = _numbers([[0], [2], [1], [0]], WEIGHTS["[4]"])
PROGRAMS["integers"] = lambda tf: tf.contrib.losses.compute_weighted_loss(tf.constant([1, 2, 4]), 1.0)
for _name, _margin in [("contrastive_loss", 3.0), ("triplet_semihard_loss", 4.0), ("lifted_struct_loss", 3.0)]:
    PROGRAMS[_name] = _learning(_name)
    PROGRAMS[f"{_name} margin"] = _learning(_name, margin=_margin)
PROGRAMS["npairs_loss"] = _learning("npairs_loss", 0.1)
for _margin in ("nmi", "const"):
    for _weight in (0.5, 4.0):
        PROGRAMS[f"cluster {_margin} {_weight}"] = _learning("cluster_loss", _weight, margin_type=_margin)
        PROGRAMS[f"cluster {_margin} {_weight} rough"] = _learning("cluster_loss", _weight, False, margin_type=_margin)
ERRORS = {
    "no such margin": lambda tf: tf.contrib.losses.metric_learning.cluster_loss(
        tf.constant(NUMBERS), tf.constant(ANCHORS), 1.0, margin_type="odd"
    ),
    "weights of another size": _plain("absolute_difference", WEIGHTS["[3]"]),
    "no weights": _plain("absolute_difference", None),
    "too many weights": _plain("mean_pairwise_squared_error", np.ones((4, 3, 1), "float32")),
    "shapes": lambda tf: tf.contrib.losses.log_loss(tf.zeros([4, 3]), tf.zeros([4, 2])),
    "no axis": _plain("cosine_distance"),
    "unknown rank": lambda tf: tf.contrib.losses.compute_weighted_loss(tf.placeholder(tf.float32), 1.0),
    "unknown weights": lambda tf: tf.contrib.losses.compute_weighted_loss(tf.zeros([2]), tf.placeholder(tf.float32)),
    "nothing to add": lambda tf: tf.contrib.losses.get_total_loss(),
}


def outcome(tf, program):
    """The name and values of what a program gives, and the names in the collection of losses."""
    with tf.Graph().as_default(), tf.Session() as session:
        made = program(tf)
        made = made if isinstance(made, list) else [made]
        losses = [t.name for t in tf.get_collection(tf.GraphKeys.LOSSES)]
        return {"name": made[0].name, "losses": losses, "values": [np.asarray(v).tolist() for v in session.run(made)]}
