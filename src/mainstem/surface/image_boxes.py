"""Boxes in images: `tf.image.non_max_suppression`, `draw_bounding_boxes`, `sample_distorted_bounding_box`."""

import numpy as np

from mainstem.base import dtypes
from mainstem.ops import image_boxes as ops
from mainstem.surface import random
from mainstem.surface.framework import convert_to_tensor, name_scope


def non_max_suppression(boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), name=None):
    """Indices of the best boxes [n, (y1, x1, y2, x2)] by score that overlap no better one by more than `iou_threshold`."""
    with name_scope(name, "non_max_suppression"):
        iou = convert_to_tensor(iou_threshold, dtypes.float32, name="iou_threshold")
        least = convert_to_tensor(score_threshold, dtypes.float32, name="score_threshold")
        return ops.non_max_suppression_v3(boxes, scores, max_output_size, iou, least)


def non_max_suppression_padded(
    boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), pad_to_max_output_size=False, name=None,
    sorted_input=False, canonicalized_coordinates=False, tile_size=512,
):  # fmt: skip
    """As `non_max_suppression`: (indices, how many count), padded with zeros to `max_output_size` on request.

    `sorted_input`, `canonicalized_coordinates` and `tile_size` are hints that this implementation does not need.
    """
    if len(convert_to_tensor(boxes).shape) != 2:
        raise NotImplementedError("tf.image.non_max_suppression_padded: batches of boxes are not implemented.")
    with name_scope(name, "non_max_suppression_padded"):
        iou = convert_to_tensor(iou_threshold, dtypes.float32, name="iou_threshold")
        least = convert_to_tensor(score_threshold, dtypes.float32, name="score_threshold")
        return ops.non_max_suppression_v4(
            boxes, scores, max_output_size, iou, least, pad_to_max_output_size=pad_to_max_output_size
        )


def non_max_suppression_with_scores(
    boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), soft_nms_sigma=0.0, name=None
):
    """(indices, scores) of the best boxes; with `soft_nms_sigma` > 0 overlapping ones lose score instead of being dropped."""
    with name_scope(name, "non_max_suppression_with_scores"):
        limits = [
            convert_to_tensor(v, dtypes.float32, name=n)
            for v, n in (
                (iou_threshold, "iou_threshold"),
                (score_threshold, "score_threshold"),
                (soft_nms_sigma, "soft_nms_sigma"),
            )
        ]
        return ops.non_max_suppression_v5(boxes, scores, max_output_size, *limits)[:2]


def non_max_suppression_overlaps(
    overlaps, scores, max_output_size, overlap_threshold=0.5, score_threshold=float("-inf"), name=None
):
    """As `non_max_suppression`, with the overlap of every pair of boxes given as a matrix [n, n]."""
    with name_scope(name, "non_max_suppression_overlaps"):
        return ops.non_max_suppression_with_overlaps(
            overlaps, scores, max_output_size, np.float32(overlap_threshold), np.float32(score_threshold)
        )


def combined_non_max_suppression(
    boxes, scores, max_output_size_per_class, max_total_size, iou_threshold=0.5, score_threshold=float("-inf"),
    pad_per_class=False, clip_boxes=True, name=None,
):  # fmt: skip
    """Suppression by class for a batch: (boxes [b, m, 4], scores [b, m], classes [b, m], how many count [b])."""
    with name_scope(name, "combined_non_max_suppression"):
        return ops.combined_non_max_suppression(
            boxes,
            scores,
            max_output_size_per_class,
            max_total_size,
            np.float32(iou_threshold),
            np.float32(score_threshold),
            pad_per_class=pad_per_class,
            clip_boxes=clip_boxes,
        )


def draw_bounding_boxes(images, boxes, colors, name=None):
    """Images [n, h, w, c] with the outlines of boxes [n, m, (y1, x1, y2, x2)], in RGBA `colors` [k, 4] (None: TensorFlow's)."""
    if colors is None:
        return ops.draw_bounding_boxes(images, boxes, name=name)
    return ops.draw_bounding_boxes_v2(images, boxes, colors, name=name)


def draw_bounding_boxes_v1(images, boxes, name=None, colors=None):
    """As `draw_bounding_boxes`, with the arguments in the old order."""
    return draw_bounding_boxes(images, boxes, colors, name)


def sample_distorted_bounding_box_v1(
    image_size, bounding_boxes, seed=None, seed2=None, min_object_covered=0.1, aspect_ratio_range=None, area_range=None,
    max_attempts=None, use_image_if_no_bounding_boxes=None, name=None,
):  # fmt: skip
    """A random crop of an image that covers part of an object: (begin [3], size [3]) for a slice, and the crop as a box [1, 1, 4].

    Args:
        image_size: [height, width, channels].
        bounding_boxes: the objects, [1, m, (y1, x1, y2, x2)] in units of the image's extent.
        seed, seed2: the two seeds of the op.
        min_object_covered: the share of some object that the crop must contain.
        aspect_ratio_range, area_range: bounds of width / height, and of the share of the image's area.
        max_attempts: after so many the whole image is taken.
    """
    with name_scope(name, "sample_distorted_bounding_box"):
        return ops.sample_distorted_bounding_box_v2(
            image_size,
            bounding_boxes,
            np.float32(min_object_covered),
            seed=seed or 0,
            seed2=seed2 or 0,
            aspect_ratio_range=aspect_ratio_range,
            area_range=area_range,
            max_attempts=max_attempts,
            use_image_if_no_bounding_boxes=use_image_if_no_bounding_boxes,
        )


def sample_distorted_bounding_box(
    image_size, bounding_boxes, seed=0, min_object_covered=0.1, aspect_ratio_range=None, area_range=None, max_attempts=None,
    use_image_if_no_bounding_boxes=None, name=None,
):  # fmt: skip
    """As `sample_distorted_bounding_box_v1`, with the seed combined with the graph's."""
    seed1, seed2 = random.get_seed(seed) if seed else (0, 0)
    return sample_distorted_bounding_box_v1(
        image_size, bounding_boxes, seed1, seed2, min_object_covered, aspect_ratio_range, area_range, max_attempts,
        use_image_if_no_bounding_boxes, name,
    )  # fmt: skip
