"""Boxes whose overlaps are exactly the thresholds, among them one without area, for both TensorFlows."""

import numpy as np

BOXES = [[0, 0, 1, 1], [0, 0, 1, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0.25, 1], [2, 2, 3, 3], [2, 2, 3, 2], [2.5, 2, 3, 3]]
SCORES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
THRESHOLDS = (0.5, 0.25, 0.125, 1.0, 0.0)


def made(tf):
    """{name: tensors} of each version of the op with each threshold."""
    boxes, scores, found = np.array(BOXES, np.float32), np.array(SCORES, np.float32), {}
    overlaps = (np.eye(7) * 0.75 + 0.25).astype(np.float32)
    for threshold in THRESHOLDS:

        def call(op, threshold=threshold, **more):
            return op(boxes=boxes, scores=scores, max_output_size=tf.constant(7), iou_threshold=threshold, **more)

        raw, least, limit = tf.raw_ops, tf.constant(-1.0), tf.constant(threshold)
        for name, tensors in {
            "plain": call(raw.NonMaxSuppression),
            "v3": call(raw.NonMaxSuppressionV3, score_threshold=least),
            "v4": call(raw.NonMaxSuppressionV4, score_threshold=least)[0],
            "hard": call(raw.NonMaxSuppressionV5, score_threshold=least, soft_nms_sigma=tf.constant(0.0))[:2],
            "soft": call(raw.NonMaxSuppressionV5, score_threshold=least, soft_nms_sigma=tf.constant(0.5))[:2],
            "soft_least": call(raw.NonMaxSuppressionV5, score_threshold=tf.constant(0.45), soft_nms_sigma=tf.constant(0.5))[:2],
            "overlaps": raw.NonMaxSuppressionWithOverlaps(
                overlaps=overlaps,
                scores=scores,
                max_output_size=tf.constant(7),
                overlap_threshold=limit,
                score_threshold=least,
            ),
            "combined": raw.CombinedNonMaxSuppression(
                boxes=boxes[None, :, None],
                scores=scores[None, :, None],
                max_output_size_per_class=tf.constant(7),
                max_total_size=tf.constant(7),
                iou_threshold=limit,
                score_threshold=least,
            )[1:],
        }.items():
            found[f"{name} {threshold}"] = tensors
    return found
