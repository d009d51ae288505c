"""`tf.image` functions through graph and session against what TensorFlow gave for tests/surface/image_rows.py.

Covers the ops SampleDistortedBoundingBox, SampleDistortedBoundingBoxV2 and StatelessSampleDistortedBoundingBox with their random
streams, ExtractGlimpse and ExtractGlimpseV2.
"""

import pathlib

import numpy as np
import pytest

from mainstem.base import dtypes, errors, shapes
from mainstem.graph.graph import Graph
from mainstem.ops import image_boxes as box_ops
from mainstem.run.session import Session
from mainstem.surface import framework, image, image_boxes, image_color, image_quality, image_stateless, random
from tests.surface.image_rows import ROWS

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORDED = {w: np.load(GOLDEN / f"image_{w}.npz") for w in ("v1", "v2")}


def ours(name, world):
    for module in (image, image_color, image_quality, image_boxes, image_stateless, random):
        for n in (f"{name}_{world}", name):
            if hasattr(module, n):
                return getattr(module, n)
    raise AssertionError(f"no function for tf.image.{name}")


@pytest.mark.parametrize("i", range(len(ROWS)), ids=[f"{i}-{r[1]}-{r[0]}" for i, r in enumerate(ROWS)])
def test_row(i, monkeypatch):
    name, world, args, kwargs = ROWS[i]
    monkeypatch.setattr(shapes.TensorShape, "v2_behavior", world == "v2")
    with Graph().as_default() as graph, Session(graph=graph) as session:
        made = ours(name, world)(*args, **kwargs)
        made = list(made) if isinstance(made, (list, tuple)) else [made]
        found = session.run(made)
    wanted = [RECORDED[world][f"{i}/{name}/{j}"] for j in range(len(found))]
    assert f"{i}/{name}/{len(found)}" not in RECORDED[world]
    for tensor, value, expected in zip(made, found, wanted, strict=True):
        value = np.asarray(value)
        assert value.dtype == expected.dtype and tensor.shape.is_compatible_with(expected.shape)
        if expected.dtype == np.uint8 and args[0].dtype == np.uint8 and value.size:
            # a value on the edge between two integers may fall to either side, by the order of float operations
            assert np.abs(value.astype(int) - expected.astype(int)).max() <= (0 if "flip" in name or "rot" in name else 1)
        else:
            np.testing.assert_allclose(value, expected, rtol=2e-5, atol=2e-5)


@pytest.fixture
def session():
    graph = Graph()
    with graph.as_default(), Session(graph=graph) as s:
        yield s


def test_unknown_sizes(session):
    x = framework.placeholder(dtypes.float32, [None, None, 3])
    value = np.random.RandomState(0).uniform(size=(5, 8, 3)).astype(np.float32)
    made = [
        image.resize_images_v1(x, [4, 4]),
        image.resize_image_with_crop_or_pad(x, 7, 6),
        image.central_crop(x, 0.5),
        image.crop_to_bounding_box(x, 1, 2, 3, 4),
        image.pad_to_bounding_box(x, 1, 2, 10, 11),
        image.random_flip_left_right(x),
        image.rot90(x),
        image_color.per_image_standardization(x),
        image.resize_images_v1(x, [4, 4], preserve_aspect_ratio=True),
    ]
    known = [[4, 4, 3], [7, 6, 3], None, [3, 4, 3], [10, 11, 3], [None, None, 3], [None, None, 3], [None, None, 3]]
    for tensor, shape in zip(made, known, strict=False):
        if shape is not None:
            assert tensor.shape.as_list() == shape, tensor
    found = session.run(made, {x: value})
    assert [f.shape for f in found] == [
        (4, 4, 3), (7, 6, 3), (3, 4, 3), (3, 4, 3), (10, 11, 3), (5, 8, 3), (8, 5, 3), (5, 8, 3), (2, 4, 3),
    ]  # fmt: skip
    np.testing.assert_array_equal(found[2], value[1:4, 2:6])
    np.testing.assert_array_equal(found[1][1:6], value[:, 1:7])
    assert made[0].name == "resize/Squeeze:0" and made[1].op.type == "Pad"


ERRORS = [
    (lambda u: image.flip_left_right(u[0, 0]), "'image' must be at least three-dimensional"),
    (lambda u: image.resize_images_v1(framework.placeholder(dtypes.float32), [1, 1]), "'images' contains no shape"),
    (lambda u: image.resize_images_v1(u, [1, 1, 1]), "must be a 1-D Tensor of 2 elements"),
    (lambda u: image.resize_images_v1(u, [1.5, 1]), "'size' must be a 1-D int32 Tensor"),
    (lambda u: image.resize_images_v1(u, [1, 1], method=7), "Resize method is not implemented"),
    (lambda u: image.central_crop(u, 1.5), r"central_fraction must be within \(0, 1\]"),
    (lambda u: image.crop_to_bounding_box(u, 8, 2, 3, 4), "height must be >= target . offset"),
    (lambda u: image.crop_to_bounding_box(u, -1, 2, 3, 4), "offset_height must be >= 0"),
    (lambda u: image.pad_to_bounding_box(u, 1, 2, 3, 4), "width must be <= target - offset"),
    (lambda u: image.resize_image_with_crop_or_pad(u, 0, 4), "target_height must be > 0"),
    (lambda u: image_color.random_brightness(u, -1), "max_delta must be non-negative"),
    (lambda u: image_color.random_contrast(u, 1, 0), "upper must be > lower"),
    (lambda u: image_color.random_contrast(u, -1, 0), "lower must be non-negative"),
    (lambda u: image_color.random_hue(u, 0.7), "max_delta must be <= 0.5"),
]


@pytest.mark.parametrize(("call", "text"), ERRORS)
def test_errors(session, call, text):
    with pytest.raises(ValueError, match=text):
        call(framework.placeholder(dtypes.uint8, [10, 12, 3]))


def test_random_crops_go_on_from_run_to_run(session):
    framework_seeds = {"seed": 3, "seed2": 5}
    op = box_ops.sample_distorted_bounding_box([30, 40, 3], [[[0.1, 0.1, 0.7, 0.8]]], **framework_seeds)
    first, second = session.run(op), session.run(op)
    assert first[0].tolist() != second[0].tolist() and first[2].shape == (1, 1, 4)
    image_boxes.sample_distorted_bounding_box([30, 40, 3], [[[0.1, 0.1, 0.7, 0.8]]], seed=4)


def test_random_augmentations_differ_between_runs_and_stay_in_range(session):
    x = framework.constant(np.full((6, 6, 3), 0.5, np.float32))
    y = image_color.random_brightness(x, 0.2, seed=1)
    values = {float(session.run(y)[0, 0, 0]) for _ in range(5)}
    assert len(values) == 5 and all(0.3 <= v <= 0.7 for v in values)


@pytest.mark.parametrize("noise", ["uniform", "gaussian"])
def test_noise_around_glimpses(session, noise):
    pixels = np.random.RandomState(0).uniform(2, 5, (2, 30, 20, 3)).astype(np.float32)
    made = image.extract_glimpse(pixels, [80, 90], np.zeros((2, 2), np.float32), noise=noise)
    found, again = session.run(made), session.run(made)
    np.testing.assert_array_equal(found[:, 25:55, 35:55], pixels)
    around = np.concatenate([found[:, :25], found[:, 55:]], 1)
    assert abs(around.mean() - pixels.mean()) < 0.02 and abs(around.std() - pixels.std()) < 0.02
    assert noise == "gaussian" or (around.min() >= 2 and around.max() <= 5)
    assert (again[:, :25] != found[:, :25]).any()
    with pytest.raises(errors.InvalidArgumentError, match="noise type salt not supported"):
        session.run(image.extract_glimpse(pixels, [8, 9], np.zeros((2, 2), np.float32), noise="salt"))


def test_a_stateless_crop_needs_two_seeds(session):
    with pytest.raises((ValueError, errors.InvalidArgumentError), match="seed must have shape"):
        session.run(image_stateless.stateless_sample_distorted_bounding_box([9, 9, 3], [[[0, 0, 1, 1.0]]], [1, 2, 3]))
