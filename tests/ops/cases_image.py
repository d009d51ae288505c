"""Rows of image ops: resizing, crops, colour, boxes; codecs are in tests/surface/test_image_codec.py."""

from tests.ops.case import case, integers, normal, of, uniform

ROW = of([[[[0.0], [1.0], [2.0], [3.0]]]])  # TRAPS: four pixels to eight
BOTH = [{}, {"align_corners": True}, {"half_pixel_centers": True}]


def picture(*shape):
    return uniform(*shape, low=0.0, high=1.0)


CASES = []
for _op in ("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic"):
    for _how in BOTH:
        CASES += [
            case(_op, images=normal(2, 4, 5, 3), size=[7, 3], attrs=_how, grad="images"),
            case(_op, images=normal(1, 6, 6, 2), size=[3, 12], attrs=_how, grad="images"),
            case(_op, images=normal(1, 3, 2, 1), size=[3, 2], attrs=_how, grad="images"),
            case(_op, images=normal(1, 1, 4, 1), size=[4, 1], attrs=_how, grad="images"),
            case(_op, images=integers(1, 4, 3, 2, low=0, high=255, dtype="uint8"), size=[6, 5], attrs=_how),
            case(_op, images=ROW, size=[1, 8], attrs=_how),
            case(
                _op, images=normal(1, 5, 7, 1, dtype="float64"), size=[8, 8], attrs=_how, grad="images", grad_tol=1e-6
            ),  # float32 weights
        ]
    _given = {"size": [4, 5]} if "Nearest" in _op else {"original_image": normal(2, 4, 5, 3)}
    CASES += [case(_op + "Grad", grads=normal(2, 7, 3, 3), attrs=_how, **_given) for _how in BOTH]
    CASES += [
        case(_op, images=normal(4, 5, 3), size=[7, 3], raises=True),
        case(_op, images=normal(1, 4, 5, 3), size=[7, 3, 1], raises=True),
        case(_op, images=normal(1, 4, 5, 3), size=[0, 3], raises=True),
    ]
for _how in BOTH[:2]:
    CASES += [
        case("ResizeArea", images=normal(2, 4, 5, 3), size=[7, 3], attrs=_how),
        case("ResizeArea", images=normal(1, 9, 7, 2), size=[2, 3], attrs=_how),
        case("ResizeArea", images=integers(1, 4, 6, 3, low=0, high=255, dtype="uint8"), size=[2, 3], attrs=_how),
        case("ResizeArea", images=ROW, size=[1, 3], attrs=_how),
    ]
for _kernel in ("lanczos1", "lanczos3", "lanczos5", "gaussian", "box", "triangle", "keyscubic", "mitchellcubic"):
    CASES += [
        case(
            "ScaleAndTranslate",
            images=normal(1, 6, 5, 2),
            size=[4, 9],
            scale=of([4 / 6, 9 / 5]),
            translation=of([0.0, 0.0]),
            attrs={"kernel_type": _kernel, "antialias": _anti},
            grad="images",
        )
        for _anti in (True, False)
    ]
CASES += [
    case(
        "ScaleAndTranslate",
        images=normal(1, 4, 4, 1),
        size=[6, 6],
        scale=of([0.7, 1.3]),
        translation=of([1.5, -2.0]),
        attrs={"kernel_type": "triangle"},
    ),
    case(
        "CropAndResize",
        image=normal(2, 6, 7, 3),
        boxes=of([[0.1, 0.2, 0.7, 0.9], [-0.2, 0.3, 1.2, 0.6], [0.9, 0.8, 0.1, 0.2]]),
        box_ind=[0, 1, 1],
        crop_size=[4, 5],
        grad="image boxes",
    ),
    case(
        "CropAndResize",
        image=normal(1, 5, 5, 2),
        boxes=of([[0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 1.5, 1.5]]),
        box_ind=[0, 0],
        crop_size=[3, 1],
        attrs={"extrapolation_value": 7.0},
        grad="image boxes",
    ),
    case(
        "CropAndResize",
        image=integers(1, 6, 6, 1, low=0, high=255, dtype="uint8"),
        boxes=of([[0.12, 0.2, 0.73, 0.95]]),
        box_ind=[0],
        crop_size=[4, 4],
        attrs={"method": "nearest"},
    ),
    case("CropAndResize", image=normal(6, 6, 1), boxes=of([[0.1, 0.2, 0.7, 0.95]]), box_ind=[0], crop_size=[4, 4], raises=True),
    case(
        "CropAndResizeGradImage",
        grads=normal(2, 4, 5, 3),
        boxes=of([[0.1, 0.2, 0.7, 0.9], [-0.2, 0.3, 1.2, 0.6]]),
        box_ind=[1, 0],
        image_size=[2, 6, 7, 3],
        attrs={"T": "float32"},
    ),
    case(
        "CropAndResizeGradBoxes",
        grads=normal(2, 4, 5, 3),
        image=normal(2, 6, 7, 3),
        boxes=of([[0.1, 0.2, 0.7, 0.9], [-0.2, 0.3, 1.2, 0.6]]),
        box_ind=[1, 0],
    ),
    case("RGBToHSV", images=picture(2, 5, 3)),
    case("RGBToHSV", images=of([[0.5, 0.5, 0.5], [0.0, 0.0, 0.0], [1.0, 0.2, 1.0], [0.2, 1.0, 1.0], [1.0, 1.0, 0.0]])),
    case("RGBToHSV", images=normal(2, 4), raises=True),
    case("HSVToRGB", images=picture(2, 5, 3)),
    case("HSVToRGB", images=of([[0.0, 1.0, 0.5], [1.0, 1.0, 1.0], [0.5, 0.0, 1.0]], "float64")),
    case("AdjustContrastv2", images=picture(2, 3, 4, 3), contrast_factor=1.7),
    case("AdjustContrastv2", images=normal(3, 4, 1), contrast_factor=-0.5),
    case("AdjustHue", images=picture(2, 4, 3), delta=0.3),
    case("AdjustHue", images=picture(2, 2, 4, 3), delta=-0.8),
    case("AdjustSaturation", images=picture(2, 4, 3), scale=1.8),
    case("AdjustSaturation", images=picture(2, 2, 4, 3), scale=0.2),
]

BOXES = of(
    [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [1.0, 11.1, 0.0, 10.1], [0, 100, 1, 101], [3, 3, 4, 4]],
    "float32",
)
SCORES = of([0.9, 0.75, 0.6, 0.95, 0.5, 0.3, 0.2])  # no ties: TensorFlow 1.15 orders them by its heap
CASES += [case("NonMaxSuppression", boxes=BOXES, scores=SCORES, max_output_size=n) for n in (3, 30, 0)]
CASES += [
    case("NonMaxSuppression", boxes=BOXES, scores=SCORES, max_output_size=9, attrs={"iou_threshold": 0.9}),
    case("NonMaxSuppression", boxes=BOXES, scores=of([0.5] * 6), max_output_size=9, raises=True),
    case("NonMaxSuppression", boxes=BOXES, scores=SCORES, max_output_size=9, attrs={"iou_threshold": 1.5}, raises=True),
    case("NonMaxSuppressionV2", boxes=BOXES, scores=SCORES, max_output_size=4, iou_threshold=0.5),
    case("NonMaxSuppressionV3", boxes=BOXES, scores=SCORES, max_output_size=9, iou_threshold=0.5, score_threshold=0.4),
]
CASES += [
    case(
        "NonMaxSuppressionV4",
        boxes=BOXES,
        scores=SCORES,
        max_output_size=6,
        iou_threshold=0.5,
        score_threshold=0.4,
        attrs={"pad_to_max_output_size": _pad},
    )
    for _pad in (False, True)
]
CASES += [
    case(
        "NonMaxSuppressionV5",
        boxes=BOXES,
        scores=SCORES,
        max_output_size=6,
        iou_threshold=_iou,
        score_threshold=_least,
        soft_nms_sigma=_sigma,
        attrs={"pad_to_max_output_size": _pad},
    )
    for _iou, _least, _sigma, _pad in [
        (0.5, 0.4, 0.0, False),
        (1.0, 0.0, 0.5, False),
        (1.0, 0.2, 0.5, True),
        (0.9, 0.0, 0.2, False),
    ]
]
CASES += [
    case(
        "NonMaxSuppressionWithOverlaps",
        overlaps=of([[1.0, 0.6, 0.1], [0.6, 1.0, 0.5], [0.1, 0.5, 1.0]]),
        scores=of([0.3, 0.9, 0.5]),
        max_output_size=3,
        overlap_threshold=0.55,
        score_threshold=0.0,
    )
]
CASES += [
    case(
        "CombinedNonMaxSuppression",
        boxes=uniform(2, 8, _q, 4, low=-0.2, high=1.2),
        scores=picture(2, 8, 3),
        max_output_size_per_class=3,
        max_total_size=_total,
        iou_threshold=0.3,
        score_threshold=0.2,
        attrs=_how,
    )
    for _q, _total, _how in [(1, 5, {}), (3, 20, {}), (3, 20, {"pad_per_class": True}), (1, 20, {"clip_boxes": False})]
]
DRAWN = of([[[0.1, 0.1, 0.7, 0.8], [-0.5, 0.5, 0.5, 1.5], [0.9, 0.9, 0.2, 0.2], [1.2, 0.0, 1.5, 0.5]]] * 2)
CASES += [case("DrawBoundingBoxes", images=picture(2, 6, 8, c), boxes=DRAWN) for c in (1, 3, 4)]
CASES += [
    case("DrawBoundingBoxes", images=picture(2, 6, 8, 2), boxes=DRAWN, raises=True),
    case(
        "DrawBoundingBoxesV2", images=picture(2, 6, 8, 3), boxes=DRAWN, colors=of([[0.1, 0.2, 0.3, 1.0], [0.7, 0.8, 0.9, 1.0]])
    ),
]

TILTED = of([[0.9, -0.3, 1.5, 0.2, 1.1, -0.7, 0.02, -0.03], [-1.0, 0.25, 4.5, 0.0, 0.8, 0.5, 0.0, 0.0]])
for _how in ("NEAREST", "BILINEAR"):
    CASES += [
        case(
            "ImageProjectiveTransformV2",
            images=_images,
            transforms=_by,
            output_shape=_size,
            attrs={"interpolation": _how},
            **_more,
        )
        for _images, _by, _size, _more in [
            (normal(2, 6, 5, 3), TILTED, [6, 5], {"grad": "images"}),
            (normal(2, 6, 5, 3), of([[1.0, 0.0, -1.5, 0.0, 1.0, 2.5, 0.0, 0.0]]), [4, 9], {}),
            (integers(2, 6, 5, 1, low=0, high=255, dtype="uint8"), TILTED, [7, 5], {}),
            (normal(2, 6, 5, 3), of([[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.5, 0.0]]), [6, 5], {}),
        ]
    ]
    CASES += [
        case("ImageProjectiveTransformV3", images=normal(2, 6, 5, 3), transforms=_by, output_shape=[6, 8], fill_value=of(0.5),
            attrs={"interpolation": _how, "fill_mode": _mode})
        for _mode in ("CONSTANT", "REFLECT", "WRAP", "NEAREST")
        for _by in (TILTED, of([[3.0, 0.5, -11.25, 0.0, 4.0, -13.5, 0.0, 0.0]]))
    ]  # fmt: skip

ELSEWHERE = {
    name: "surface/test_image_codec.py"
    for name in [
        "DecodeJpeg",
        "DecodeAndCropJpeg",
        "DecodePng",
        "DecodeBmp",
        "DecodeGif",
        "DecodeImage",
        "ExtractJpegShape",
        "EncodeJpeg",
        "EncodeJpegVariableQuality",
        "EncodePng",
    ]
}
ELSEWHERE["DecodeWebP"] = "surface/test_image_files.py"
ELSEWHERE.update(
    {
        "SampleDistortedBoundingBox": "surface/test_image.py",
        "SampleDistortedBoundingBoxV2": "surface/test_image.py",
        "StatelessSampleDistortedBoundingBox": "surface/test_image.py",
        "ExtractGlimpse": "surface/test_image.py",
        "ExtractGlimpseV2": "surface/test_image.py",
    }
)
