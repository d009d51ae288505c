"""Calls of `tf.image` functions, made alike by tests/golden/record_image.py (real TensorFlow) and by test_image.py.

A row is (public name, world, arguments, keywords). Plain Python and NumPy, also of Python 3.7.
"""

import numpy as np


def picture(seed, *shape):
    return np.random.RandomState(seed).uniform(size=shape).astype(np.float32)


def pixels(seed, *shape):
    return np.random.RandomState(seed).randint(0, 256, size=shape).astype(np.uint8)


SMALL, BATCH, BYTES = picture(1, 5, 7, 3), picture(2, 2, 6, 5, 3), pixels(3, 6, 5, 3)
GREY = picture(4, 4, 5, 1)
EDGES = np.array([0.0, 0.00392, 0.5, 0.501961, 0.998, 1.0, 1.1, -0.1], np.float32)


def v1(name, *args, **kwargs):
    return (name, "v1", args, kwargs)


def v2(name, *args, **kwargs):
    return (name, "v2", args, kwargs)


ROWS = [
    v1("resize_images", SMALL, [4, 9]),
    v1("resize_images", BATCH, [3, 3], 1),
    v1("resize_images", BYTES, [9, 4], 2, align_corners=True),
    v1("resize_images", BYTES, [3, 3], 3),
    v1("resize_images", BYTES, [6, 5]),
    v1("resize_images", SMALL, [12, 9], preserve_aspect_ratio=True),
    v1("resize_images", SMALL, [3, 90], preserve_aspect_ratio=True),
    v1("resize_image_with_crop_or_pad", SMALL, 3, 9),
    v1("resize_image_with_crop_or_pad", BATCH, 9, 2),
    v1("resize_image_with_pad", SMALL, 8, 8),
    v1("resize_image_with_pad", BATCH, 3, 9, 1),
    v1("crop_to_bounding_box", SMALL, 1, 2, 3, 4),
    v1("crop_to_bounding_box", BATCH, 0, 1, 6, 2),
    v1("pad_to_bounding_box", BYTES, 1, 2, 9, 8),
    v1("central_crop", SMALL, 0.5),
    v1("central_crop", BATCH, 0.7),
    v1("flip_left_right", SMALL),
    v1("flip_left_right", BATCH),
    v1("flip_up_down", BYTES),
    v1("transpose_image", SMALL),
    v1("transpose_image", BATCH),
    v1("rot90", SMALL),
    v1("rot90", BATCH, 2),
    v1("rot90", BYTES, 3),
    v1("rot90", BYTES, -4),
    v1("convert_image_dtype", EDGES, "uint8", saturate=True),
    v1("convert_image_dtype", EDGES[:6], "uint8"),
    v1("convert_image_dtype", EDGES[:6], "int16"),
    v1("convert_image_dtype", BYTES, "float32"),
    v1("convert_image_dtype", BYTES, "float64"),
    v1("convert_image_dtype", BYTES, "uint16"),
    v1("convert_image_dtype", BYTES.astype(np.uint16) * 256, "uint8"),
    v1("convert_image_dtype", BYTES, "int16"),
    v1("adjust_brightness", SMALL, 0.3),
    v1("adjust_brightness", BYTES, -0.2),
    v1("adjust_contrast", BATCH, 1.5),
    v1("adjust_contrast", BYTES, 0.4),
    v1("adjust_gamma", SMALL, 0.7, 1.1),
    v1("adjust_hue", SMALL, 0.2),
    v1("adjust_hue", BYTES, -0.3),
    v1("adjust_saturation", SMALL, 1.7),
    v1("adjust_saturation", BYTES, 0.5),
    v1("per_image_standardization", SMALL),
    v1("per_image_standardization", BATCH),
    v1("per_image_standardization", np.full((4, 4, 3), 0.25, np.float32)),
    v1("per_image_standardization", BYTES),
    v1("rgb_to_grayscale", SMALL),
    v1("rgb_to_grayscale", BATCH),
    v1("grayscale_to_rgb", GREY),
    v1("rgb_to_hsv", SMALL),
    v1("hsv_to_rgb", SMALL),
    v1("rgb_to_yiq", SMALL),
    v1("yiq_to_rgb", SMALL),
    v1("rgb_to_yuv", BATCH),
    v1("yuv_to_rgb", SMALL),
    v1("total_variation", SMALL),
    v1("total_variation", BATCH),
    v1("image_gradients", BATCH),
    v1("sobel_edges", BATCH),
    v1("psnr", BATCH, BATCH[::-1].copy(), 1.0),
    v1("psnr", BYTES, BYTES[::-1].copy(), 255),
    v1("ssim", picture(5, 2, 16, 18, 3), picture(6, 2, 16, 18, 3), 1.0),
    v1("ssim", pixels(5, 16, 18, 1), pixels(6, 16, 18, 1), 255, filter_size=5),
    v1("random_flip_left_right", SMALL, seed=7),
    v1("random_flip_left_right", SMALL, seed=8),
    v1("random_flip_left_right", BATCH, seed=7),
    v1("random_flip_up_down", BATCH, seed=9),
    v1("random_brightness", SMALL, 0.3, seed=7),
    v1("random_contrast", SMALL, 0.3, 1.4, seed=7),
    v1("random_hue", SMALL, 0.3, seed=7),
    v1("random_saturation", SMALL, 0.3, 1.4, seed=7),
    v1("random_crop", SMALL, [3, 4, 3], seed=7),
    v1("non_max_suppression", picture(7, 9, 4), picture(8, 9), 5, 0.3),
    v1("non_max_suppression", picture(7, 9, 4), picture(8, 9), 5, 0.3, 0.4),
    v1("non_max_suppression_padded", picture(7, 9, 4), picture(8, 9), 7, 0.2, pad_to_max_output_size=True),
    v1("non_max_suppression_with_scores", picture(7, 9, 4), picture(8, 9), 5, 0.8, soft_nms_sigma=0.4),
    v1("sample_distorted_bounding_box", [30, 40, 3], [[[0.1, 0.1, 0.7, 0.8]]], seed=3, min_object_covered=0.3),
    v1("sample_distorted_bounding_box", [300, 200, 3], np.zeros((1, 0, 4), np.float32), 5, 9, area_range=[0.3, 0.6],
       use_image_if_no_bounding_boxes=True),
    v1("sample_distorted_bounding_box", [24, 224, 3], [[[0.5, 0.1, 0.7, 0.8], [0.0, 0.0, 0.2, 0.9]]], 5, 9,
       aspect_ratio_range=[0.5, 2.0], max_attempts=10),
    v1("draw_bounding_boxes", BATCH, [[[0.1, 0.1, 0.7, 0.8]]] * 2),
    v2("resize", SMALL, [4, 9]),
    v2("resize", BYTES, [4, 9], "nearest"),
    v2("resize", BYTES, [9, 4], "bicubic"),
    v2("resize", BATCH, [3, 4], "area"),
    v2("resize", BATCH, [3, 4], "bilinear", antialias=True),
    v2("resize", BATCH, [3, 4], "bicubic", antialias=True),
    v2("resize", BATCH, [9, 4], "lanczos3"),
    v2("resize", BATCH, [3, 9], "lanczos5", antialias=True),
    v2("resize", BATCH, [3, 9], "gaussian"),
    v2("resize", BATCH, [3, 9], "mitchellcubic", preserve_aspect_ratio=True),
    v2("resize_with_pad", SMALL, 8, 8),
    v2("non_max_suppression", np.array([[0, 0, 1, 1], [0, 0, 0.5, 1], [5, 5, 6, 6], [7, 7, 8, 8]], np.float32), [0.9, 0.8, 0.5, 0.5], 9),
    v1("ssim_multiscale", picture(5, 2, 50, 47, 1), picture(6, 2, 50, 47, 1), 1.0, power_factors=(0.3, 0.5, 0.2), filter_size=7),
    v2("stateless_random_flip_left_right", SMALL, (1, 2)),
    v2("stateless_random_flip_left_right", BATCH, (1, 2)),
    v2("stateless_random_flip_up_down", BATCH, (3, 4)),
    v2("stateless_random_brightness", SMALL, 0.3, (1, 2)),
    v2("stateless_random_contrast", SMALL, 0.3, 1.4, (1, 2)),
    v2("stateless_random_hue", SMALL, 0.3, (1, 2)),
    v2("stateless_random_saturation", SMALL, 0.3, 1.4, (1, 2)),
    v2("stateless_random_crop", SMALL, [3, 4, 3], (1, 2)),
]  # fmt: skip

ROWS += [
    v1("resize_images", image, size, method, align_corners=aligned)
    for image in (SMALL, BYTES, BATCH.astype(np.float64), BYTES.astype(np.int32), BATCH.astype(np.float16))
    for method in range(4)
    for aligned in (False, True)
    for size in ([3, 11], [1, 1])
]
ROWS += [
    v1("resize_" + method, BATCH, [9, 3], half_pixel_centers=True) for method in ("bilinear", "bicubic", "nearest_neighbor")
]
ROWS += [
    v2("resize", image, size, method, antialias=antialias)
    for image in (SMALL, BYTES, BATCH.astype(np.float64), BATCH.astype(np.float16))
    for method in ("bilinear", "bicubic", "nearest", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
    for antialias in (False, True)
    for size in ([3, 11], [1, 1])
]
ROWS += [v2("resize_with_pad", BATCH, 9, 4, method, antialias=True) for method in ("bilinear", "bicubic", "nearest", "area")]

CORNERS = np.array([[0, 0, 1, 1], [0.2, 0.1, 0.6, 0.9], [0.9, 0.8, 0.1, 0.2], [-0.5, -0.2, 1.4, 1.1], [2, 2, 3, 3]], np.float32)
OF_IMAGE = np.array([0, 1, 1, 0, 1], np.int32)
ROWS += [v1("crop_and_resize", BATCH, CORNERS, OF_IMAGE, [4, 3], method, 0.5) for method in ("bilinear", "nearest")]
ROWS += [v2("crop_and_resize", BATCH, CORNERS, OF_IMAGE, [1, 6], method, -1.0) for method in ("bilinear", "nearest")]
ROWS += [v2("crop_and_resize", pixels(12, 2, 5, 4, 1), CORNERS, OF_IMAGE, [3, 3])]

DRAWN = np.array([[[0.1, 0.1, 0.7, 0.8], [0.0, 0.0, 1.0, 1.0], [0.3, 0.2, 0.9, 0.5]], [[-0.3, -0.2, 1.5, 0.5], [0.5, 0.5, 0.2, 0.9],
                  [0.4, 0.4, 0.41, 0.41]]], np.float32)  # fmt: skip
COLORS = np.array([[0.9, 0.2, 0.1, 1], [0.1, 0.3, 0.8, 1]], np.float32)
ROWS += [v1("draw_bounding_boxes", picture(13, 2, 12, 14, c), DRAWN) for c in (1, 3, 4)]
ROWS += [v2("draw_bounding_boxes", picture(13, 2, 12, 14, c), DRAWN, COLORS[:, :c]) for c in (3, 4)]

BOXES, SCORES = picture(21, 30, 4), picture(22, 30)
ROWS += [v1("non_max_suppression", BOXES, SCORES, 8, threshold) for threshold in (0.5, 1.0)]
ROWS += [
    v1("non_max_suppression_padded", BOXES, SCORES, 40, 0.3, 0.3, pad_to_max_output_size=True),
    v1("non_max_suppression_padded", BOXES, SCORES, 4, 0.3),
    v1("non_max_suppression_with_scores", BOXES, SCORES, 12, 0.5, 0.1, soft_nms_sigma=0.2),
    v1("non_max_suppression_with_scores", BOXES, SCORES, 12, 0.5),
]
ROWS += [
    v1(
        "combined_non_max_suppression",
        picture(24, 2, 12, q, 4),
        picture(25, 2, 12, 3),
        3,
        total,
        0.4,
        0.2,
        pad_per_class=padded,
    )
    for q, total, padded in ((1, 5, False), (3, 5, True), (3, 30, False), (1, 30, True))
]
ROWS += [
    v1("per_image_standardization", picture(14, 1, 1, 3)),
    v2("per_image_standardization", BYTES),
]

PLACES = np.array([[0.3, -0.6], [-0.9, 0.9]], np.float32)
INSIDE = np.array([[0.4, 0.5], [0.5, 0.6]], np.float32)
KINDS = [(centered, normalized) for centered in (True, False) for normalized in (True, False)]
ROWS += [
    v1("extract_glimpse", BATCH, [3, 2], INSIDE * (1 if normalized else 5) - 0.5 * centered * normalized, centered, normalized)
    for centered, normalized in KINDS
]
ROWS += [
    v2("extract_glimpse", BATCH, size, PLACES * (1 if normalized else 5), centered, normalized, "zero")
    for size in ([3, 2], [8, 5])
    for centered, normalized in KINDS
]
ROWS += [
    v2("stateless_sample_distorted_bounding_box", [200, 300, 3], [[[0.1, 0.2, 0.6, 0.9]]], seed, 0.3)
    for seed in ((1, 2), (3, 4), (-5, 2**31 - 1))
]
ROWS += [
    v2("stateless_sample_distorted_bounding_box", [20, 300, 3], np.zeros((1, 0, 4), np.float32), (7, 8), area_range=[0.1, 0.5],
       aspect_ratio_range=[0.5, 2.0], max_attempts=10, use_image_if_no_bounding_boxes=True),
]  # fmt: skip
