"""Rows of the op table: activations, softmax, losses, biases, top-k, normalisation."""

from tests.ops.case import case, integers, nonzero, normal, of, positive, uniform

INF, NAN = float("inf"), float("nan")
KINKS = of([-2.0, -0.0, 0.0, 0.5, 3.0, 6.0, 7.0])

CASES = [
    case(name, features=x, grad="features")
    for name in ("Relu", "Relu6", "Elu", "Selu", "Softplus", "Softsign", "LeakyRelu")
    for x in (normal(3, 4), KINKS)
]
CASES += [
    case(name, features=of([-100.0, -30.0, 30.0, 100.0, INF, -INF])) for name in ("Elu", "Selu", "Softplus", "Relu", "Softsign")
]
CASES += [
    case("LeakyRelu", features=normal(3, 4), attrs=dict(alpha=0.01), grad="features"),
    case("LeakyRelu", features=normal(3, 4, dtype="float64"), attrs=dict(alpha=0.3), grad="features"),
    case("Relu", features=integers(6), attrs={}),
    case("Relu6", features=integers(6)),
    case("Relu", features=normal(5, dtype="float16"), grad="features"),
    case("Softplus", features=normal(5, dtype="float64"), grad="features"),
]
CASES += [
    case(name + "Grad", gradients=normal(3, 4), features=nonzero(3, 4), grad="" if name == "Softsign" else "gradients")
    for name in ("Relu", "Relu6", "Softplus", "Softsign", "LeakyRelu")
]
CASES += [
    case(name + "Grad", gradients=normal(3, 4), outputs=nonzero(3, 4), grad="gradients outputs") for name in ("Elu", "Selu")
]
CASES += [
    case(name, logits=x, grad="logits")
    for name in ("Softmax", "LogSoftmax")
    for x in (normal(3, 4), normal(2, 4, dtype="float64"), of([[1e30, 0.0], [-1e30, -1e30], [1000.0, -1000.0]]))
]
CASES += [
    case("Softmax", logits=of([[-INF, -INF], [0.0, -INF]])),
    case("Softmax", logits=normal(3, 4, dtype="float16")),
    case("SoftmaxCrossEntropyWithLogits", features=normal(3, 4), labels=uniform(3, 4, low=0.0), grad="features labels"),
    case("SoftmaxCrossEntropyWithLogits", features=normal(3, 4), labels=uniform(1, 4, low=0.0)),
    case("SoftmaxCrossEntropyWithLogits", features=normal(2, 3, dtype="float64"), labels=normal(2, 3, dtype="float64"),
         grad="features labels"),
    case("SoftmaxCrossEntropyWithLogits", features=of([[1000.0, -1000.0], [0.0, 0.0]]), labels=of([[0.0, 1.0], [0.5, 0.5]])),
    case("SoftmaxCrossEntropyWithLogits", features=normal(3, 4), labels=normal(2, 4), raises=True),
    case("SparseSoftmaxCrossEntropyWithLogits", features=normal(3, 4), labels=of([0, 3, 1])),
    case("SparseSoftmaxCrossEntropyWithLogits", features=normal(3, 4, dtype="float64"), labels=of([0, 3, 1], "int64")),
    case("SparseSoftmaxCrossEntropyWithLogits", features=normal(3, 4), labels=of([0, 3, 1]), grad="features",
         gap="TensorFlow drops the gradient that arrives at output backprop; here a second derivative needs it"),
    case("SparseSoftmaxCrossEntropyWithLogits", features=normal(3, 4), labels=of([0, 3]), raises=True),
    case("L2Loss", t=of([3.0, 4.0]), grad="t"),
    case("L2Loss", t=normal(3, 4, dtype="float64"), grad="t"),
]  # fmt: skip
CASES += [
    case("BiasAdd", value=normal(*shape, 3), bias=normal(3), grad="value bias")
    for shape in ((2,), (2, 4), (2, 4, 5), (2, 2, 2, 2))
]
CASES += [
    case("BiasAdd", value=normal(2, 3, 4, 5), bias=normal(3), attrs=dict(data_format="NCHW"), grad="value bias"),
    case("BiasAdd", value=normal(2, 4, dtype="float64"), bias=normal(4, dtype="float64"), grad="value bias"),
    case("BiasAdd", value=normal(2, 3), bias=normal(4), raises=True),
    case("BiasAdd", value=normal(3), bias=normal(3), raises=True),
    case("BiasAddV1", value=normal(2, 4, 3), bias=normal(3), grad="value bias"),
    case("BiasAddGrad", out_backprop=normal(2, 4, 5, 3), grad="out_backprop"),
    case("BiasAddGrad", out_backprop=normal(2, 3, 4, 5), attrs=dict(data_format="NCHW")),
    case("TopKV2", input=normal(3, 6), k=2, grad="input"),
    case("TopKV2", input=of([[1, 3, 3, 2, 3]]), k=3),
    case("TopKV2", input=normal(6), k=6, grad="input"),
    case("TopKV2", input=normal(2, 3), k=4, raises=True),
    case("TopKV2", input=normal(2, 2, 5), k=3, grad="input"),
    case("InTopK", predictions=normal(5, 4), targets=of([0, 1, 2, 3, 1]), attrs=dict(k=2)),
    case("InTopK", predictions=of([[1.0, 1.0, 1.0]] * 3), targets=of([0, 1, 2]), attrs=dict(k=1)),
    case("InTopK", predictions=of([[1.0, NAN, 0.0], [1.0, 2.0, 0.0], [1.0, INF, 0.0], [1.0, 2.0, 3.0]]),
         targets=of([0, 7, 0, -1], "int64"), attrs=dict(k=2)),
    case("InTopKV2", predictions=normal(5, 4), targets=of([0, 1, 2, 3, 1], "int64"), k=of(2, "int64")),
    case("NthElement", input=normal(3, 5), n=2, grad="input"),
    case("NthElement", input=of([[3.0, 1.0, 1.0, 2.0]]), n=1, attrs=dict(reverse=False), grad="input"),
    case("NthElement", input=integers(2, 6), n=1, attrs=dict(reverse=True)),
]  # fmt: skip
C3 = dict(scale=positive(3), offset=normal(3))
EMPTY, MOMENTS = dict(mean=of([], "float32"), variance=of([], "float32")), dict(mean=normal(3), variance=positive(3))
CASES += [
    case(name, x=normal(2, 4, 3, 3), inputs=dict(C3, **EMPTY), attrs=dict(epsilon=0.001), grad="x scale offset", count=4)
    for name in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
]
CASES += [
    case(name, x=normal(2, 4, 3, 3), inputs=dict(C3, **MOMENTS), attrs=dict(is_training=False), grad="x scale offset", count=1)
    for name in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
]
CASES += [
    case("FusedBatchNorm", inputs=dict(x=of([[[[1.0]]], [[[2.0]]], [[[3.0]]], [[[4.0]]]]), scale=of([1.0]), offset=of([0.0]), **EMPTY)),
    case("FusedBatchNorm", inputs=dict(x=of([[[[1.0]]]]), scale=of([1.0]), offset=of([0.5]), **EMPTY)),
    case("FusedBatchNorm", x=normal(2, 4, 3), inputs=dict(C3, **EMPTY), raises=True),
    case("FusedBatchNorm", inputs=dict(x=normal(2, 4, 3, 2), **C3, **EMPTY), raises=True),
    case("FusedBatchNormV2", inputs=dict(x=normal(2, 4, 3, 3, dtype="float16"), **C3, **MOMENTS), attrs=dict(is_training=False),
         count=1),
]  # fmt: skip
RESERVED = dict(reserve_space_1=normal(3), reserve_space_2=positive(3))
CASES += [
    case(name, inputs=dict(y_backprop=normal(2, 4, 3, 3), x=normal(2, 4, 3, 3), scale=positive(3), **dict(RESERVED, **more)),
         attrs=dict(is_training=training), count=3)
    for name, more in (("FusedBatchNormGrad", {}), ("FusedBatchNormGradV2", {}),
                       ("FusedBatchNormGradV3", dict(reserve_space_3=of([], "float32"))))
    for training in (True, False)
]  # fmt: skip
CASES += [
    case("LRN", input=of([[[[1.0, 2.0, 3.0, 4.0]]]]), attrs=dict(depth_radius=1), grad="input"),
    case("LRN", input=normal(2, 2, 3, 9), attrs=dict(depth_radius=2, bias=2.0, alpha=0.5, beta=0.75), grad="input"),
    case("LRNGrad", input_grads=normal(1, 2, 2, 7), input_image=normal(1, 2, 2, 7), output_image=normal(1, 2, 2, 7),
         attrs=dict(depth_radius=2, bias=2.0, alpha=0.5, beta=0.75)),
]  # fmt: skip
CTC = dict(labels_indices=of([[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]], "int64"), labels_values=of([1, 2, 0, 0, 3]))
CASES += [
    case("CTCLoss", inputs=dict(CTC, inputs=normal(6, 2, 5), sequence_length=of([5, 6])), attrs=a, grad="inputs" if g else "")
    for a, g in (({}, True), (dict(preprocess_collapse_repeated=True), False), (dict(ctc_merge_repeated=False), False))
]
CASES += [
    case("CTCLoss", attrs=dict(ignore_longer_outputs_than_inputs=True),
         inputs=dict(CTC, inputs=normal(3, 2, 5), sequence_length=of([3, 3]))),
    case("CTCLoss", inputs=dict(inputs=of([[[0.0, 0.0, 0.0]]] * 2), labels_indices=of([[0, 0]], "int64"), labels_values=of([0]),
                                sequence_length=of([2]))),
    case("CTCGreedyDecoder", inputs=dict(inputs=normal(7, 3, 3), sequence_length=of([7, 5, 0]))),
    case("CTCGreedyDecoder", inputs=dict(inputs=normal(7, 3, 3), sequence_length=of([7, 5, 0])), attrs=dict(merge_repeated=True)),
    case("CTCBeamSearchDecoder", inputs=dict(inputs=normal(6, 2, 4), sequence_length=of([6, 4])),
         attrs=dict(beam_width=10, top_paths=2, merge_repeated=False)),
    case("CTCBeamSearchDecoder", inputs=dict(inputs=normal(5, 1, 3), sequence_length=of([5])), attrs=dict(beam_width=5, top_paths=1)),
]  # fmt: skip
CASES += [
    case("GatherTree", inputs=dict(
        step_ids=of([[[1, 2, 3], [0, 1, 2]], [[4, 5, 6], [3, 3, 3]], [[7, 8, 9], [1, 9, 9]], [[1, 1, 1], [2, 2, 2]]]),
        parent_ids=of([[[0, 0, 0], [0, 0, 0]], [[0, 1, 1], [2, 1, 0]], [[2, 1, 2], [0, 0, 1]], [[0, 2, 1], [1, 2, 0]]]),
        max_sequence_lengths=of(ends), end_token=of(9))) for ends in ([4, 3], [2, 9], [1, 0])
]  # fmt: skip
