"""Boxes in images: non-maximum suppression, drawing, random crops around objects. All on the host."""

import heapq

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.registry import REGISTRY, op
from mainstem.ops import philox
from mainstem.ops.host import invalid
from mainstem.ops.twin import default_types

F = np.float32
SCORES = frozenset({dtypes.float16, dtypes.float32})


def _corners(boxes):
    boxes = np.asarray(boxes, np.float32)
    low, high = np.minimum(boxes[..., :2], boxes[..., 2:]), np.maximum(boxes[..., :2], boxes[..., 2:])
    return np.concatenate([low, high], -1)


def overlap(box, others):
    """Intersection over union of one box with others [n, 4]; 0 where a box is empty."""
    side = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), F(0))
    common = side[:, 0] * side[:, 1]
    mine = (box[2] - box[0]) * (box[3] - box[1])
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    union = mine + areas - common
    return np.where((mine > 0) & (areas > 0), common / np.where(union > 0, union, F(1)), F(0))


def suppress(similarity, scores, limit, threshold, least=-np.inf, sigma=0.0, first=None):
    """Greedy selection by score: (indices, their scores) of at most `limit` items that are not too similar to a chosen one.

    `similarity(i, js)` compares item i with the items js. With `sigma` > 0 scores decay by exp(-similarity^2 / (2 sigma)) instead
    of items being dropped at once (soft suppression, Bodla et al. 2017).

    `first` is for TensorFlow 1's ways, the default outside of TensorFlow 2's behaviour: a similarity equal to the threshold is too much,
    soft suppression drops what is above it too, and a chosen item is looked at once more, beside itself, so that a box without area,
    which is not similar even to itself, is chosen until the limit is reached.
    """
    first = not shapes.TensorShape.v2_behavior if first is None else first
    scores = np.asarray(scores, np.float32)
    queue = [(-s, i, 0) for i, s in enumerate(scores.tolist()) if s > least]
    heapq.heapify(queue)
    decay = F(-0.5 / sigma) if sigma > 0 else F(0)
    chosen, kept = [], []
    while queue and len(chosen) < limit:
        negative, i, begin = heapq.heappop(queue)
        score = original = F(-negative)
        dropped = False
        if len(chosen) > begin:
            for s in similarity(i, np.array(chosen[begin:]))[::-1]:
                if s >= threshold if first else s > threshold and sigma <= 0:
                    dropped = True
                    break
                score = score * np.exp(decay * s * s)
                if score <= least:
                    break
        if dropped:
            continue
        before = len(chosen)
        if score == original:
            chosen.append(i)
            kept.append(score)
        if score > least and (first or score != original):
            heapq.heappush(queue, (-float(score), i, before))
    return np.array(chosen, np.int32), np.array(kept, np.float32)


def _check(boxes, scores, limit, threshold):
    if limit < 0:
        raise invalid(f"max_output_size must be non-negative. Got {limit}.")
    if not 0 <= threshold <= 1:
        raise invalid("iou_threshold must be in [0, 1]")
    if len(boxes) != len(scores):
        raise invalid(f"scores has incompatible shape: {len(scores)} scores for {len(boxes)} boxes")


def _boxes(boxes, scores, limit, threshold, least=-np.inf, sigma=0.0, first=None):
    limit, threshold, least, sigma = int(limit), float(threshold), float(least), float(sigma)
    _check(boxes, scores, limit, threshold)
    corners = _corners(boxes)
    return suppress(lambda i, js: overlap(corners[i], corners[js]), scores, limit, threshold, least, sigma, first)


def _box_shapes(inputs, attrs):
    boxes, scores = inputs[0].shape, inputs[1].shape
    if boxes is not None and (len(boxes) != 2 or boxes[1] not in (4, None)):
        raise ValueError(f"Shape of boxes must be [num_boxes, 4]. Got {shapes.show(boxes)}")
    if scores is not None and len(scores) != 1:
        raise ValueError(f"Shape of scores must be rank 1 but is rank {len(scores)}")
    if boxes is not None and scores is not None:
        shapes.merge(boxes[:1], scores)
    return [(None,)]


def _padded_shapes(inputs, attrs):
    _box_shapes(inputs, attrs)
    limit = inputs[2].value() if attrs["pad_to_max_output_size"] else None
    return [(None if limit is None else int(limit),), ()]


@op("NonMaxSuppression", "float32, float32, int32 -> int32", host=True, shape=_box_shapes)
def non_max_suppression(boxes, scores, max_output_size, *, iou_threshold=0.5):
    """Indices of the best boxes [n, 4] by score that overlap no better one by more than `iou_threshold`."""
    return _boxes(boxes, scores, max_output_size, iou_threshold)[0]


@op("NonMaxSuppressionV2", "T, T, int32, T_threshold -> int32", T=SCORES, T_threshold=SCORES, host=True, shape=_box_shapes)
def non_max_suppression_v2(boxes, scores, max_output_size, iou_threshold):
    """As NonMaxSuppression, with the threshold as a tensor."""
    return _boxes(boxes, scores, max_output_size, iou_threshold)[0]


@op("NonMaxSuppressionV3", "T, T, int32, T_threshold, T_threshold -> int32", T=SCORES, T_threshold=SCORES, host=True,
    shape=_box_shapes)  # fmt: skip
def non_max_suppression_v3(boxes, scores, max_output_size, iou_threshold, score_threshold):
    """As NonMaxSuppression; boxes need a score above `score_threshold`."""
    return _boxes(boxes, scores, max_output_size, iou_threshold, score_threshold)[0]


def _fill_up(array, limit, wanted):
    return np.concatenate([array, np.zeros(max(int(limit) - len(array), 0), array.dtype)]) if wanted else array


@op(
    "NonMaxSuppressionV4",
    "T, T, int32, T_threshold, T_threshold -> selected_indices:int32, valid_outputs:int32",
    T=SCORES,
    T_threshold=SCORES,
    host=True,
    shape=_padded_shapes,
)
def non_max_suppression_v4(boxes, scores, max_output_size, iou_threshold, score_threshold, *, pad_to_max_output_size=False):
    """As V3; also gives how many indices are valid, and pads them with zeros on request."""
    chosen, _ = _boxes(boxes, scores, max_output_size, iou_threshold, score_threshold)
    return _fill_up(chosen, max_output_size, pad_to_max_output_size), np.int32(len(chosen))


def _soft_shapes(inputs, attrs):
    indices, count = _padded_shapes(inputs, attrs)
    return [indices, indices, count]


@op(
    "NonMaxSuppressionV5",
    "T, T, int32, T, T, T -> selected_indices:int32, selected_scores:T, valid_outputs:int32",
    T=SCORES,
    host=True,
    shape=_soft_shapes,
)
def non_max_suppression_v5(
    boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma, *, pad_to_max_output_size=False
):
    """As V4, with soft suppression when `soft_nms_sigma` is positive; also gives the scores."""
    chosen, kept = _boxes(boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma)
    kept = kept.astype(np.asarray(scores).dtype)
    fill = pad_to_max_output_size
    return _fill_up(chosen, max_output_size, fill), _fill_up(kept, max_output_size, fill), np.int32(len(chosen))


@op(
    "NonMaxSuppressionWithOverlaps",
    "float32, float32, int32, float32, float32 -> int32",
    host=True,
    shape=lambda inputs, attrs: [(None,)],
)
def non_max_suppression_with_overlaps(overlaps, scores, max_output_size, overlap_threshold, score_threshold):
    """As V3, with the overlap of every pair of boxes given as a matrix [n, n]."""
    overlaps = np.asarray(overlaps)
    return suppress(
        lambda i, js: overlaps[i, js], scores, int(max_output_size), float(overlap_threshold), float(score_threshold)
    )[0]


def _combined_shapes(inputs, attrs):
    boxes, scores = inputs[0].shape, inputs[1].shape
    batch = None if boxes is None else boxes[0]
    per_class, total = (None if i.value() is None else int(i.value()) for i in inputs[2:4])
    size = total
    if attrs["pad_per_class"]:
        classes = None if scores is None else scores[2]
        size = None if None in (total, per_class, classes) else min(total, per_class * classes)
    return [(batch, size, 4), (batch, size), (batch, size), (batch,)]


@op(
    "CombinedNonMaxSuppression",
    "float32, float32, int32, int32, float32, float32 -> "
    "nmsed_boxes:float32, nmsed_scores:float32, nmsed_classes:float32, valid_detections:int32",
    host=True,
    shape=_combined_shapes,
)
def combined_non_max_suppression(
    boxes,
    scores,
    max_output_size_per_class,
    max_total_size,
    iou_threshold,
    score_threshold,
    *,
    pad_per_class=False,
    clip_boxes=True,
):
    """Suppression by class for a batch: boxes [b, n, q, 4] (q is 1 or the classes), scores [b, n, classes].

    Gives boxes [b, m, 4], scores and classes [b, m], padded with zeros, and how many of them count [b].
    """
    boxes, scores = np.asarray(boxes), np.asarray(scores)
    batch, classes, per_class = len(boxes), scores.shape[2], int(max_output_size_per_class)
    size = min(int(max_total_size), per_class * classes) if pad_per_class else int(max_total_size)
    out = np.zeros((batch, size, 4), F), np.zeros((batch, size), F), np.zeros((batch, size), F), np.zeros(batch, np.int32)
    for b in range(batch):
        found = []
        for c in range(classes):
            at = boxes[b, :, 0 if boxes.shape[2] == 1 else c]
            chosen, kept = _boxes(at, scores[b, :, c], per_class, iou_threshold, score_threshold, first=False)
            found += [(-s, c, n, at[i]) for n, (i, s) in enumerate(zip(chosen, kept, strict=True))]
        found.sort(key=lambda f: f[:3])
        for m, (negative, c, _, box) in enumerate(found[:size]):
            out[0][b, m] = np.clip(box, 0, 1) if clip_boxes else box
            out[1][b, m], out[2][b, m] = -negative, c
        out[3][b] = min(len(found), size)
    return out


# ---- drawing

COLORS = (
    (1, 1, 0, 1), (0, 0, 1, 1), (1, 0, 0, 1), (0, 1, 0, 1), (0.5, 0, 0.5, 1),
    (0.5, 0.5, 0, 1), (0.5, 0, 0, 1), (0, 0, 0.5, 1), (0, 1, 1, 1), (1, 0, 1, 1),
)  # fmt: skip


def _draw_shape(inputs, attrs):
    images = inputs[0].shape
    if images is not None:
        if len(images) != 4:
            raise ValueError(f"Shape must be rank 4 but is rank {len(images)}")
        if images[3] not in (1, 3, 4, None):
            raise ValueError("Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)")
    return [images]


def _edge(image, rows, columns, color):
    (top, bottom), (left, right) = rows, columns
    height, width = image.shape[:2]
    if not (bottom < 0 or right < 0 or top >= height or left >= width):
        image[max(top, 0) : min(bottom, height - 1) + 1, max(left, 0) : min(right, width - 1) + 1] = color


def _draw(images, boxes, colors):
    out = np.array(images)
    height, width, depth = out.shape[1:]
    if depth == 1:
        colors = np.ones((1, 4), np.float32)
    for image, own in zip(out, np.asarray(boxes), strict=True):
        for n, box in enumerate(own):
            ends = box * np.array([height - 1, width - 1, height - 1, width - 1], np.float32)
            top, left, bottom, right = (int(e) for e in ends)
            if top > bottom or left > right or top >= height or bottom < 0 or left >= width or right < 0:
                continue
            color = np.asarray(colors[n % len(colors)][:depth], out.dtype)
            _edge(image, (top, top), (left, right), color)
            _edge(image, (bottom, bottom), (left, right), color)
            _edge(image, (top, bottom), (left, left), color)
            _edge(image, (top, bottom), (right, right), color)
    return out


@op("DrawBoundingBoxes", "T, float32 -> T", T=SCORES, host=True, shape=_draw_shape)
def draw_bounding_boxes(images, boxes, *, T: "type" = dtypes.float32):  # noqa: N803
    """Images [n, h, w, c] with the outlines of boxes [n, m, (y1, x1, y2, x2)], in units of the image's extent."""
    return _draw(images, boxes, COLORS)


@op("DrawBoundingBoxesV2", "T, float32, float32 -> T", T=SCORES, host=True, shape=_draw_shape)
def draw_bounding_boxes_v2(images, boxes, colors, *, T: "type" = dtypes.float32):  # noqa: N803
    """As DrawBoundingBoxes, with the RGBA colours [k, 4] that the boxes take in turn."""
    return _draw(images, boxes, np.asarray(colors) if np.size(colors) else COLORS)


# ---- random crops


def _random_crop(width, height, least, most, aspect, draw):
    """A crop (x, y, w, h) of an area in [least, most] and this aspect ratio, or None when there is none."""
    tall, limit = (int(np.rint(np.sqrt(F(a) / F(aspect)))) for a in (least, most))
    if int(np.rint(F(limit) * F(aspect))) > width:
        limit = int(F(width + 0.5 - 1e-7) / F(aspect))
        limit -= int(np.rint(F(limit) * F(aspect))) > width
    limit = min(limit, height)
    tall = min(tall, limit)
    if tall < limit:
        tall += draw() % (limit - tall + 1)
    wide = int(np.rint(F(tall) * F(aspect)))
    if F(wide * tall) < least:
        tall += 1
        wide = int(np.rint(F(tall) * F(aspect)))
    if F(wide * tall) > most:
        tall -= 1
        wide = int(np.rint(F(tall) * F(aspect)))
    if not least <= F(wide * tall) <= most or not 0 < wide <= width or not 0 < tall <= height:
        return None
    y = draw() % (height - tall) if tall < height else 0
    x = draw() % (width - wide) if wide < width else 0
    return x, y, wide, tall


def _covers(crop, objects, least):
    x, y, w, h = crop
    for top, left, bottom, right in objects:
        area = (bottom - top) * (right - left)
        if area >= 1:
            common = max(min(bottom, y + h) - max(top, y), 0) * max(min(right, x + w) - max(left, x), 0)
            if F(common) / F(area) >= F(least):
                return True
    return False


def _objects(boxes, height, width, whole_if_none):
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    if not len(boxes):
        if not whole_if_none:
            raise invalid(
                "No bounding boxes provided as input. One must enable use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes."
            )
        return [(0, 0, height, width)]
    if (boxes < 0).any() or (boxes > 1).any() or (boxes[:, 0] >= boxes[:, 2]).any() or (boxes[:, 1] >= boxes[:, 3]).any():
        raise invalid(f"All bounding box coordinates must be in [0.0, 1.0] and y1 < y2, x1 < x2. Got {boxes.tolist()}.")
    return [(int(a * F(height)), int(b * F(width)), int(c * F(height)), int(d * F(width))) for a, b, c, d in boxes]


def _sample(state, image_size, bounding_boxes, least_covered, aspects, areas, attempts, whole_if_none):
    size = np.asarray(image_size)
    height, width = int(size[0]), int(size[1])
    objects = _objects(bounding_boxes, height, width, whole_if_none)
    stream = philox.HostStream(state)

    def draw():
        return int(stream.take(1)[0])

    def unit():
        return np.uint32((draw() & 0x7FFFFF) | 0x3F800000).view(np.float32) - F(1)

    crop = (0, 0, width, height)
    for _ in range(attempts):
        aspect = unit() * (F(aspects[1]) - F(aspects[0])) + F(aspects[0])
        total = F(width) * F(height)
        made = _random_crop(width, height, F(areas[0]) * total, F(areas[1]) * total, aspect, draw)
        if made is not None and _covers(made, objects, least_covered):
            crop = made
            break
    x, y, w, h = crop
    box = [F(y) / F(height), F(x) / F(width), F(y + h) / F(height), F(x + w) / F(width)]
    kind = size.dtype
    return (
        philox.host_skip(np.asarray(state), attempts),
        np.array([y, x, 0], kind),
        np.array([h, w, -1], kind),
        np.array(box, np.float32).reshape(1, 1, 4),
    )


def _seeded(seed=0, seed2=0, **attrs):
    return philox.initial_state(seed, seed2)


_SAMPLE = {
    "T": frozenset({dtypes.uint8, dtypes.int8, dtypes.int16, *dtypes.INDEX}),
    "host": True,
    "state": _seeded,
    "shape": lambda inputs, attrs: [(3,), (3,), (1, 1, 4)],
}
_OUT = " -> begin:T, size:T, bboxes:float32"


@op("SampleDistortedBoundingBox", "T, float32" + _OUT, **_SAMPLE)
def sample_distorted_bounding_box(
    state, image_size, bounding_boxes, *, seed=0, seed2=0, min_object_covered=0.1,
    aspect_ratio_range: "list(float)" = (0.75, 1.33), area_range: "list(float)" = (0.05, 1.0), max_attempts=100,
    use_image_if_no_bounding_boxes=False,
):  # fmt: skip
    """A random crop of an image of `image_size` [3] that covers part of one of the boxes: `begin` and `size` for a slice."""
    return _sample(
        state, image_size, bounding_boxes, min_object_covered, aspect_ratio_range, area_range, max_attempts,
        use_image_if_no_bounding_boxes,
    )  # fmt: skip


@op("SampleDistortedBoundingBoxV2", "T, float32, float32" + _OUT, **_SAMPLE)
def sample_distorted_bounding_box_v2(
    state, image_size, bounding_boxes, min_object_covered, *, seed=0, seed2=0,
    aspect_ratio_range: "list(float)" = (0.75, 1.33), area_range: "list(float)" = (0.05, 1.0), max_attempts=100,
    use_image_if_no_bounding_boxes=False,
):  # fmt: skip
    """As SampleDistortedBoundingBox, with `min_object_covered` as a tensor."""
    return _sample(
        state, image_size, bounding_boxes, float(min_object_covered), aspect_ratio_range, area_range, max_attempts,
        use_image_if_no_bounding_boxes,
    )  # fmt: skip


@op(
    "StatelessSampleDistortedBoundingBox",
    "T, float32, float32, seed:Tseed" + _OUT,
    T=_SAMPLE["T"],
    Tseed=frozenset(dtypes.INDEX),
    host=True,
    shape=_SAMPLE["shape"],
)
def stateless_sample_distorted_bounding_box(
    image_size, bounding_boxes, min_object_covered, seed, *, aspect_ratio_range: "list(float)" = (0.75, 1.33),
    area_range: "list(float)" = (0.05, 1.0), max_attempts=100, use_image_if_no_bounding_boxes=False,
):  # fmt: skip
    """As SampleDistortedBoundingBoxV2, with a crop that `seed` [2] determines."""
    if np.shape(seed) != (2,):
        raise invalid(f"seed must have shape [2], not {list(np.shape(seed))}")
    return _sample(
        philox.host_stateless_state(seed), image_size, bounding_boxes, float(min_object_covered),
        aspect_ratio_range, area_range, max_attempts, use_image_if_no_bounding_boxes,
    )[1:]  # fmt: skip


for _version in ("V2", "V3", "V4"):
    default_types(REGISTRY["NonMaxSuppression" + _version], {"T": dtypes.float32, "T_threshold": dtypes.float32})
default_types(REGISTRY["NonMaxSuppressionV5"], {"T": dtypes.float32})
