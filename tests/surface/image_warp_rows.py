"""Programs of `tf.contrib.image`, run by TensorFlow 1.15 for the recording and by Mainstem for the test."""

import numpy as np

FIRST, SECOND = [0.9, -0.3, 1.5, 0.2, 1.1, -0.7, 0.02, -0.03], [1.0, 0.25, -1.0, 0, 0.8, 0.5, 0, 0]


def images():
    draw = np.random.RandomState(0)
    return draw.rand(2, 5, 6, 3).astype(np.float32), (draw.rand(4, 7) * 255).astype(np.uint8)


def results(tf):
    """{name: tensor}."""
    c, (many, grey) = tf.contrib.image, images()
    return {
        "rotate": c.rotate(many, 0.4),
        "rotate_each": c.rotate(many, [0.4, -1.0], "BILINEAR"),
        "rotate_grey": c.rotate(grey, 1.2),
        "translate": c.translate(many, [1.5, -2.0]),
        "translate_one": c.translate(many[0], [[1.0, 2.0]], interpolation="BILINEAR"),
        "transform": c.transform(many, [FIRST, SECOND], output_shape=[4, 8]),
        "transform_one": c.transform(many[0], FIRST),
        "angles": c.angles_to_projective_transforms([0.4, 1.0], 5.0, 6.0),
        "translations": c.translations_to_projective_transforms([1.5, 2.0]),
        "composed": c.compose_transforms(FIRST, SECOND),
        "composed_each": c.compose_transforms([FIRST, SECOND], [SECOND, FIRST], [FIRST, FIRST]),
        "matrices": c.flat_transforms_to_matrices([FIRST, SECOND]),
        "flat": c.matrices_to_flat_transforms(c.flat_transforms_to_matrices([FIRST, SECOND]) * 2.0),
    }


def errors(tf):
    """{name: a call that raises}."""
    c, (many, _) = tf.contrib.image, images()
    return {
        "rank": lambda: c.transform(many[0, 0, 0], FIRST),
        "transforms": lambda: c.transform(many, [[FIRST]]),
        "translations": lambda: c.translate(many, [[[1.0, 2.0]]]),
        "angles": lambda: c.rotate(many, [[1.0]]),
        "none": lambda: c.compose_transforms(),
    }


def raised(call):
    """[type, message] of what a call raises."""
    try:
        call()
    except Exception as e:
        return [type(e).__name__, str(e)]
    return None
