"""Rows of the op table: convolution and pooling."""

from tests.ops.case import case, distinct, integers, normal, of

S1, S2, S13, S3 = [1, 1, 1, 1], [1, 2, 2, 1], [1, 1, 1, 1, 1], [1, 2, 2, 2, 1]

CASES = [
    case("Conv2D", input=normal(2, 5, 6, 3), filter=normal(3, 3, 3, 4), attrs=dict(strides=s, padding=p), grad="input filter")
    for s in (S1, S2, [1, 2, 3, 1])
    for p in ("SAME", "VALID")
]
CASES += [
    case("Conv2D", input=of([[[[1.0]] * 4] * 4]), filter=of([[[[1.0]]] * 3] * 3), attrs=dict(strides=S2, padding="SAME")),
    case("Conv2D", input=normal(1, 7, 7, 2), filter=normal(3, 3, 2, 3), grad="input filter",
         attrs=dict(strides=S1, padding="EXPLICIT", explicit_paddings=[0, 0, 2, 1, 0, 3, 0, 0])),
    case("Conv2D", input=normal(1, 6, 6, 2), filter=normal(1, 1, 2, 3), attrs=dict(strides=S2, padding="SAME"), grad="input filter"),
    case("Conv2D", input=normal(1, 6, 6, 2, dtype="float64"), filter=normal(3, 2, 2, 3, dtype="float64"),
         attrs=dict(strides=S1, padding="VALID"), grad="input filter"),
    case("Conv2D", input=normal(1, 5, 5, 2, dtype="float16"), filter=normal(3, 3, 2, 3, dtype="float16"),
         attrs=dict(strides=S1, padding="SAME")),
    case("Conv2D", input=normal(1, 2, 5, 2), filter=normal(3, 3, 2, 3), attrs=dict(strides=S1, padding="VALID"), raises=True),
    case("Conv2D", input=normal(1, 5, 5, 3), filter=normal(3, 3, 2, 3), attrs=dict(strides=S1, padding="VALID"), raises=True),
    case("Conv2D", input=normal(1, 5, 5), filter=normal(3, 3, 2, 3), attrs=dict(strides=S1, padding="VALID"), raises=True),
    case("Conv2DBackpropInput", input_sizes=[1, 4, 4, 1], filter=of([[[[1.0]], [[2.0]], [[3.0]]]]),
         out_backprop=of([[[[1.0]] * 2] * 2]), attrs=dict(strides=S2, padding="SAME")),
]  # fmt: skip
CASES += [
    case(
        "Conv2D", input=normal(1, 8, 7, 2), filter=normal(3, 3, 2, 3), attrs=dict(strides=S1, padding=p, dilations=[1, 2, 3, 1])
    )
    for p in ("SAME", "VALID")
]
CASES += [
    case("Conv2DBackpropInput", input_sizes=[2, 7, 6, 3], filter=normal(3, 2, 3, 4), out_backprop=normal(2, h, w, 4),
         attrs=dict(strides=S2, padding=p), grad="filter out_backprop")
    for p, h, w in (("SAME", 4, 3), ("VALID", 3, 3))
]  # fmt: skip
CASES += [
    case("Conv2DBackpropFilter", input=normal(2, 7, 6, 3), filter_sizes=[3, 2, 3, 4], out_backprop=normal(2, h, w, 4),
         attrs=dict(strides=S2, padding=p), grad="input out_backprop")
    for p, h, w in (("SAME", 4, 3), ("VALID", 3, 3))
]  # fmt: skip
CASES += [
    case(
        "Conv3D",
        input=normal(1, 4, 5, 4, 2),
        filter=normal(2, 3, 2, 2, 3),
        attrs=dict(strides=s, padding=p),
        grad="input filter",
    )
    for s, p in ((S13, "SAME"), (S3, "SAME"), (S3, "VALID"))
]
CASES += [
    case("Conv3DBackpropInputV2", input_sizes=[1, 4, 5, 4, 2], filter=normal(2, 3, 2, 2, 3), out_backprop=normal(1, 2, 3, 2, 3),
         attrs=dict(strides=S3, padding="SAME"), grad="filter out_backprop"),
    case("Conv3DBackpropFilterV2", input=normal(1, 4, 5, 4, 2), filter_sizes=[2, 3, 2, 2, 3], out_backprop=normal(1, 2, 3, 2, 3),
         attrs=dict(strides=S3, padding="SAME"), grad="input out_backprop"),
]  # fmt: skip
CASES += [
    case("DepthwiseConv2dNative", input=normal(2, 5, 6, 3), filter=normal(3, 2, 3, 2), attrs=dict(strides=s, padding=p),
         grad="input filter")
    for s in (S1, S2)
    for p in ("SAME", "VALID")
]  # fmt: skip
CASES += [
    case("DepthwiseConv2dNative", input=normal(3, 7, 7, 4), filter=normal(3, 3, 4, 1), attrs=dict(strides=S2, padding="SAME"),
         grad="input filter"),
    case("DepthwiseConv2dNative", input=normal(1, 4, 4, 2), filter=normal(3, 3, 3, 1), attrs=dict(strides=S1, padding="SAME"),
         raises=True),
    case("DepthwiseConv2dNativeBackpropInput", input_sizes=[2, 5, 6, 3], filter=normal(3, 2, 3, 2),
         out_backprop=normal(2, 3, 3, 6), attrs=dict(strides=S2, padding="SAME"), grad="filter out_backprop"),
    case("DepthwiseConv2dNativeBackpropFilter", input=normal(2, 5, 6, 3), filter_sizes=[3, 2, 3, 2],
         out_backprop=normal(2, 3, 3, 6), attrs=dict(strides=S2, padding="SAME"), grad="input out_backprop"),
    case("Dilation2D", input=normal(1, 5, 6, 2), filter=normal(3, 2, 2), grad="input filter",
         attrs=dict(strides=S1, rates=[1, 1, 1, 1], padding="SAME")),
    case("Dilation2D", input=normal(1, 7, 6, 2), filter=normal(2, 2, 2), grad="input filter",
         attrs=dict(strides=S2, rates=[1, 2, 2, 1], padding="VALID")),
    case("Dilation2DBackpropInput", input=normal(1, 5, 6, 2), filter=normal(3, 2, 2), out_backprop=normal(1, 5, 6, 2),
         attrs=dict(strides=S1, rates=[1, 1, 1, 1], padding="SAME")),
    case("Dilation2DBackpropFilter", input=normal(1, 5, 6, 2), filter=normal(3, 2, 2), out_backprop=normal(1, 5, 6, 2),
         attrs=dict(strides=S1, rates=[1, 1, 1, 1], padding="SAME")),
]  # fmt: skip
K2, K3 = [1, 2, 2, 1], [1, 3, 3, 1]
POOLS = [(k, s, p) for k, s in ((K2, S2), (K3, S2), (K3, S1), (K2, [1, 3, 3, 1])) for p in ("SAME", "VALID")]
CASES += [
    case("MaxPool", input=normal(2, 5, 6, 3), attrs=dict(ksize=k, strides=s, padding=p), grad="input") for k, s, p in POOLS
]
CASES += [
    case("AvgPool", value=normal(2, 5, 6, 3), attrs=dict(ksize=k, strides=s, padding=p), grad="value") for k, s, p in POOLS
]
CASES += [
    case("MaxPool", input=integers(1, 6, 6, 2, low=0, high=3, dtype="float32"), attrs=dict(ksize=k, strides=s, padding="SAME"),
         grad="input")
    for k, s in ((K2, S2), (K3, S2))
]  # fmt: skip
CASES += [
    case("MaxPool", input=normal(2, 4, 4, 6), attrs=dict(ksize=[1, 1, 1, 3], strides=[1, 1, 1, 3], padding="VALID")),
    case("MaxPool", input=normal(1, 2, 2, 1), attrs=dict(ksize=K3, strides=S1, padding="VALID"), raises=True),
    case("MaxPool", input=normal(1, 4, 4, 1, dtype="float16"), attrs=dict(ksize=K2, strides=S2, padding="VALID")),
    case("MaxPoolV2", input=normal(2, 5, 6, 3), ksize=K2, strides=S2, attrs=dict(padding="SAME"), grad="input"),
    case("AvgPoolGrad", inputs=dict(orig_input_shape=of([2, 5, 6, 3]), grad=normal(2, 3, 3, 3)),
         attrs=dict(ksize=K3, strides=S2, padding="SAME")),
]  # fmt: skip
CASES += [
    case("MaxPoolWithArgmax", input=distinct(2, 5, 4, 3), grad="input", attrs=dict(ksize=K2, strides=S2, padding="SAME",
         include_batch_in_index=b))
    for b in (False, True)
]  # fmt: skip
CASES += [
    case("MaxPoolWithArgmax", input=integers(1, 4, 4, 1, low=0, high=2, dtype="float32"), count=2,
         attrs=dict(ksize=K3, strides=S1, padding="SAME")),
]  # fmt: skip
POOLS3 = [([1, 2, 2, 2, 1], S3, "SAME"), ([1, 3, 2, 3, 1], S3, "VALID"), ([1, 2, 2, 2, 1], S13, "SAME")]
CASES += [
    case("MaxPool3D", input=normal(1, 5, 4, 5, 2), attrs=dict(ksize=k, strides=s, padding=p), grad="input")
    for k, s, p in POOLS3
]
CASES += [
    case("AvgPool3D", input=normal(1, 5, 4, 5, 2), attrs=dict(ksize=k, strides=s, padding=p), grad="input")
    for k, s, p in POOLS3
]
X4 = of(
    [[[[3.0], [1.0], [2.0], [2.0]], [[0.0], [5.0], [7.0], [1.0]], [[4.0], [4.0], [1.0], [9.0]], [[2.0], [6.0], [3.0], [8.0]]]]
)
Y4 = of([[[[5.0], [7.0]], [[6.0], [9.0]]]])
D2 = dict(ksize=K2, strides=S2, padding="SAME")
CASES += [
    case("MaxPoolGrad", inputs=dict(orig_input=X4, orig_output=Y4, grad=normal(1, 2, 2, 1)), grad="grad", attrs=D2),
    case("MaxPoolGradV2", inputs=dict(orig_input=X4, orig_output=Y4, grad=normal(1, 2, 2, 1), ksize=of(K2), strides=of(S2)),
         attrs=dict(padding="SAME"), grad="grad"),
    case("MaxPoolGradGrad", inputs=dict(orig_input=X4, orig_output=Y4, grad=normal(1, 4, 4, 1)), attrs=D2),
    case("MaxPoolGradGradV2", inputs=dict(orig_input=X4, orig_output=Y4, grad=normal(1, 4, 4, 1), ksize=of(K2), strides=of(S2)),
         attrs=dict(padding="SAME")),
    case("MaxPoolGradWithArgmax", inputs=dict(input=X4, grad=normal(1, 2, 2, 1), argmax=of([[[[5], [6]], [[13], [11]]]], "int64")),
         attrs=D2),
    case("AvgPool3DGrad", inputs=dict(orig_input_shape=of([1, 5, 4, 5, 2]), grad=normal(1, 3, 2, 3, 2)),
         attrs=dict(ksize=[1, 2, 2, 2, 1], strides=S3, padding="SAME")),
    case("MaxPool3DGrad", inputs=dict(orig_input=normal(1, 2, 2, 2, 1), orig_output=of([[[[[9.0]]]]]), grad=normal(1, 1, 1, 1, 1)),
         attrs=dict(ksize=[1, 2, 2, 2, 1], strides=S3, padding="SAME")),
]  # fmt: skip
V2 = of([[[[[3.0], [1.0]], [[2.0], [8.0]]], [[[5.0], [7.0]], [[0.0], [4.0]]]]])
CASES += [
    case("MaxPool3DGradGrad", inputs=dict(orig_input=V2, orig_output=of([[[[[8.0]]]]]), grad=normal(1, 2, 2, 2, 1)),
         attrs=dict(ksize=[1, 2, 2, 2, 1], strides=S3, padding="SAME")),
]  # fmt: skip
