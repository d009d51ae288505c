"""`mainstem train --style`: one network in several dialects."""

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.cli import digits, styles, train


def _losses(style, checkpoint, steps=2):
    data, _, _ = digits.load()
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        n = digits.build(1e-3, 20, scores=styles.STYLES[style])
        session.run(tf.global_variables_initializer())
        styles.init_from(session, checkpoint)
        found = []
        for step in range(steps):
            images, labels = data.batch(step, 32, 0)
            found.append(session.run([n.loss, n.train], {n.images: images, n.labels: labels, n.keep_prob: 0.5})[0])
        return found


def test_losses_agree_step_by_step(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        digits.build(1e-3, 20, scores=styles.layers)
        session.run(tf.global_variables_initializer())
        checkpoint = tf.train.Saver().save(session, str(tmp_path / "model"))
    losses = {style: _losses(style, checkpoint) for style in styles.STYLES}
    for style in styles.STYLES:
        np.testing.assert_allclose(losses[style], losses["graph"], rtol=1e-5, err_msg=style)


@pytest.mark.parametrize("saved, loaded", [("graph", "layers"), ("layers", "slim"), ("slim", "keras"), ("keras", "graph")])
def test_checkpoints_of_other_styles(tmp_path, saved, loaded):
    values = {}
    for style in (saved, loaded):
        with tf.Graph().as_default(), tf.Session() as session:
            digits.build(1e-3, 20, scores=styles.STYLES[style])
            session.run(tf.global_variables_initializer())
            if style == saved and not values:
                tf.train.Saver().save(session, str(tmp_path / "model"), 7)
            else:
                styles.init_from(session, str(tmp_path))
            values[style] = session.run(tf.trainable_variables())
    assert len(values[saved]) == 8
    for a, b in zip(*values.values(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_does_not_fit_is_named_with_both_shapes(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        digits.build(1e-3, 20, classes=3)
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
    with tf.Graph().as_default(), tf.Session() as session:
        digits.build(1e-3, 20, scores=styles.layers)
        with pytest.raises(ValueError, match=r"logits/kernel has shape \[1024, 10\] here and \[1024, 3\].*\(logits/weights\)"):
            styles.init_from(session, path)
        with pytest.raises(ValueError, match="no checkpoint at"):
            styles.init_from(session, path + "-9")
        with pytest.raises(ValueError, match=r"has no own/weights, of shape \[2\]\. It has beta1_power"):
            styles.name_map([tf.get_variable("own/weights", [2])], dict(tf.train.list_variables(path)))


def test_the_command(tmp_path, capsys):
    common = ["--steps", "2", "--validate-every", "1", "--plain"]
    assert train.main([*common, "--style", "slim", "--logdir", str(tmp_path / "slim")]) == 0
    arguments = [*common, "--style", "layers", "--logdir", str(tmp_path / "layers"), "--init-from", str(tmp_path / "slim")]
    assert train.main(arguments) == 0
    assert "test accuracy" in capsys.readouterr().out
    arguments = [*common, "--style", "keras", "--logdir", str(tmp_path / "keras"), "--init-from", str(tmp_path / "layers")]
    assert train.main(arguments) == 0
    assert "test accuracy" in capsys.readouterr().out
    assert train.main([*common, "--init-from", str(tmp_path), "--logdir", str(tmp_path / "none")]) == 1
    assert "no checkpoint at" in capsys.readouterr().out
