"""`tf.keras.applications`: networks of image classification with TensorFlow 1.15's layers and names."""

import os

from mainstem.data import published
from mainstem.dialects.keras import backend
from mainstem.dialects.keras.convolution import Conv2D, DepthwiseConv2D
from mainstem.dialects.keras.core import Activation, Dense, Dropout, Flatten, Reshape
from mainstem.dialects.keras.input_layer import Input
from mainstem.dialects.keras.merging import Add, Concatenate
from mainstem.dialects.keras.node import history
from mainstem.dialects.keras.nonlinear import ReLU
from mainstem.dialects.keras.normalization import BatchNormalization
from mainstem.dialects.keras.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from mainstem.dialects.keras.resizing import ZeroPadding2D
from mainstem.dialects.keras.topology import get_source_inputs
from mainstem.dialects.keras.training import Model

_RELEASES = "https://github.com/fchollet/deep-learning-models/releases/download/"
_RESNETS = "https://github.com/keras-team/keras-applications/releases/download/resnet/"
_MOBILE = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/"


class _Network:
    """One network being built: its arguments, its input, and at the end the model with its weights."""

    def __init__(self, include_top, weights, input_tensor, input_shape, pooling, classes, size, smallest=32, more=None):
        if not (weights in ("imagenet", None) or os.path.exists(weights)):
            raise ValueError(
                "The `weights` argument should be either `None` (random initialization), `imagenet` (pre-training on ImageNet), or "
                "the path to the weights file to be loaded."
            )
        if weights == "imagenet" and include_top and classes != 1000:
            raise ValueError('If using `weights` as `"imagenet"` with `include_top` as true, `classes` should be 1000')
        if more:
            raise TypeError(f"Unexpected keyword arguments: {sorted(more)}")
        self.first = backend.image_data_format() == "channels_first"
        self.axis = 1 if self.first else 3
        self.top, self.weights, self.pooling, self.classes = include_top, weights, pooling, classes
        self.shape = self._checked(input_shape, size, smallest)
        self.input_tensor = input_tensor
        if input_tensor is None:
            self.input = Input(shape=self.shape)
        elif history(input_tensor) is None:
            self.input = Input(tensor=input_tensor, shape=self.shape)
        else:
            self.input = input_tensor

    def _checked(self, shape, size, smallest):
        """The shape of an image. Raises ValueError for one that does not fit."""
        default = (3, size, size) if self.first else (size, size, 3)
        if shape is None:
            return default if self.top else ((3, None, None) if self.first else (None, None, 3))
        shape = tuple(shape)
        if self.weights == "imagenet" and self.top and shape != default:
            raise ValueError(
                f"When setting `include_top=True` and loading `imagenet` weights, `input_shape` should be {default}."
            )
        if len(shape) != 3:
            raise ValueError("`input_shape` must be a tuple of three integers.")
        space = shape[1:] if self.first else shape[:2]
        if any(n is not None and n < smallest for n in space):
            raise ValueError(f"Input size must be at least {smallest}x{smallest}; got `input_shape={shape}`")
        if self.top and None in space:
            raise ValueError(f"If `include_top` is True, you should specify a static `input_shape`. Got `input_shape={shape}`")
        return shape

    def pooled(self, x):
        """The end of a network without its top."""
        if self.pooling == "avg":
            return GlobalAveragePooling2D()(x)
        return GlobalMaxPooling2D()(x) if self.pooling == "max" else x

    def model(self, x, name, files, release):
        """The model with its weights; `files` are those with and without the top."""
        inputs = self.input if self.input_tensor is None else get_source_inputs(self.input)
        made = Model(inputs, x, name=name)
        if self.weights == "imagenet":
            file = files[0 if self.top else 1]
            made.load_weights(published.find([file], release + file, subdir="models"))
        elif self.weights is not None:
            made.load_weights(self.weights)
        return made


def _kernels(name):
    return [f"{name}_weights_tf_dim_ordering_tf_kernels{end}.h5" for end in ("", "_notop")]


# ---- VGG (Simonyan and Zisserman, arXiv:1409.1556)


def _vgg(name, counts, network):
    x = network.input
    for block, (count, filters) in enumerate(zip(counts, (64, 128, 256, 512, 512)), 1):
        for i in range(1, count + 1):
            x = Conv2D(filters, (3, 3), activation="relu", padding="same", name=f"block{block}_conv{i}")(x)
        x = MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)
    if network.top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = Dense(network.classes, activation="softmax", name="predictions")(x)
    else:
        x = network.pooled(x)
    return network.model(x, name, _kernels(name), _RELEASES + "v0.1/")


def VGG16(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000, **kwargs):
    """VGG with 16 layers.

    Args:
        include_top: whether the dense layers that classify are there.
        weights: None, "imagenet" (a published file, see `published.find`) or the path of a file.
        input_tensor: a tensor to use as input.
        input_shape: of one image; needed for other sizes than the network's own.
        pooling: without the top: None, "avg" or "max".
        classes: how many there are.

    Raises ValueError for what does not fit.
    """
    given = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _vgg("vgg16", (2, 2, 3, 3, 3), _Network(*given, size=224, more=kwargs))


def VGG19(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000, **kwargs):
    """VGG with 19 layers; see `VGG16`."""
    given = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _vgg("vgg19", (2, 2, 4, 4, 4), _Network(*given, size=224, more=kwargs))


# ---- ResNet (He et al., arXiv:1512.03385)


def _residual(x, filters, stride, shortcut, axis, name):
    """A bottleneck block."""

    def normal(x, part):
        return BatchNormalization(axis=axis, epsilon=1.001e-5, name=f"{name}_{part}_bn")(x)

    kept = x
    if shortcut:
        kept = normal(Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x), 0)
    x = Activation("relu", name=f"{name}_1_relu")(normal(Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x), 1))
    x = normal(Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x), 2)
    x = Activation("relu", name=f"{name}_2_relu")(x)
    x = normal(Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x), 3)
    return Activation("relu", name=f"{name}_out")(Add(name=f"{name}_add")([kept, x]))


def _resnet(name, counts, network):
    x = ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(network.input)
    x = Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = BatchNormalization(axis=network.axis, epsilon=1.001e-5, name="conv1_bn")(x)
    x = Activation("relu", name="conv1_relu")(x)
    x = ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
    x = MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (count, filters) in enumerate(zip(counts, (64, 128, 256, 512)), 2):
        for i in range(1, count + 1):
            stride = 2 if stage > 2 and i == 1 else 1
            x = _residual(x, filters, stride, i == 1, network.axis, f"conv{stage}_block{i}")
    if network.top:
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        x = Dense(network.classes, activation="softmax", name="probs")(x)
    elif network.pooling:
        x = {"avg": GlobalAveragePooling2D, "max": GlobalMaxPooling2D}[network.pooling](name=f"{network.pooling}_pool")(x)
    files = _kernels(name)
    return network.model(x, name, files, _RESNETS)


def ResNet50(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000, **kwargs):
    """ResNet with 50 layers; arguments as of `VGG16`."""
    given = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _resnet("resnet50", (3, 4, 6, 3), _Network(*given, size=224, more=kwargs))


def ResNet101(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000, **kwargs):
    """ResNet with 101 layers; arguments as of `VGG16`."""
    given = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _resnet("resnet101", (3, 4, 23, 3), _Network(*given, size=224, more=kwargs))


def ResNet152(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000, **kwargs):
    """ResNet with 152 layers; arguments as of `VGG16`."""
    given = (include_top, weights, input_tensor, input_shape, pooling, classes)
    return _resnet("resnet152", (3, 8, 36, 3), _Network(*given, size=224, more=kwargs))


# ---- Inception v3 (Szegedy et al., arXiv:1512.00567)


class _Inception:
    """Makes the branches of Inception v3 from lists of (filters, height, width)."""

    def __init__(self, axis):
        self.axis = axis

    def conv(self, x, filters, height, width, padding="same", strides=(1, 1)):
        """A convolution, its normalization, and its activation."""
        x = Conv2D(filters, (height, width), strides=strides, padding=padding, use_bias=False)(x)
        return Activation("relu")(BatchNormalization(axis=self.axis, scale=False)(x))

    def branch(self, x, *steps, end=None):
        """Convolutions one after the other; `end` are the last one's other arguments."""
        for i, step in enumerate(steps):
            x = self.conv(x, *step, **(end or {} if i == len(steps) - 1 else {}))
        return x

    def pool(self, x, filters):
        """An average over neighbours, mixed by a convolution."""
        return self.conv(AveragePooling2D((3, 3), strides=(1, 1), padding="same")(x), filters, 1, 1)

    def joined(self, parts, name=None):
        """The branches' channels."""
        return Concatenate(axis=self.axis, **({} if name is None else {"name": name}))(parts)

    def small(self, x, pooled, name):
        """A block of the first stage."""
        parts = [self.branch(x, (64, 1, 1)), self.branch(x, (48, 1, 1), (64, 5, 5))]
        parts += [self.branch(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)), self.pool(x, pooled)]
        return self.joined(parts, name)

    def middle(self, x, n, name):
        """A block of the second stage, with kernels along one axis."""
        parts = [self.branch(x, (192, 1, 1)), self.branch(x, (n, 1, 1), (n, 1, 7), (192, 7, 1))]
        parts.append(self.branch(x, (n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7)))
        return self.joined([*parts, self.pool(x, 192)], name)

    def large(self, x, i):
        """A block of the third stage, whose branches split."""
        one, three = self.branch(x, (320, 1, 1)), self.branch(x, (384, 1, 1))
        three = self.joined([self.conv(three, 384, 1, 3), self.conv(three, 384, 3, 1)], f"mixed9_{i}")
        double = self.branch(x, (448, 1, 1), (384, 3, 3))
        double = self.joined([self.conv(double, 384, 1, 3), self.conv(double, 384, 3, 1)])
        return self.joined([one, three, double, self.pool(x, 192)], f"mixed{9 + i}")


def InceptionV3(
    include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000, **kwargs
):
    """Inception v3; arguments as of `VGG16`. Images are 299 pixels wide, and at least 75."""
    given = (include_top, weights, input_tensor, input_shape, pooling, classes)
    network = _Network(*given, size=299, smallest=75, more=kwargs)
    made, half = _Inception(network.axis), {"strides": (2, 2), "padding": "valid"}

    def halved(x):
        return MaxPooling2D((3, 3), strides=(2, 2))(x)

    x = made.conv(network.input, 32, 3, 3, **half)
    x = made.conv(made.conv(x, 32, 3, 3, padding="valid"), 64, 3, 3)
    x = made.conv(halved(x), 80, 1, 1, padding="valid")
    x = halved(made.conv(x, 192, 3, 3, padding="valid"))
    for i, pooled in enumerate((32, 64, 64)):
        x = made.small(x, pooled, f"mixed{i}")
    parts = [made.branch(x, (384, 3, 3), end=half), made.branch(x, (64, 1, 1), (96, 3, 3), (96, 3, 3), end=half)]
    x = made.joined([*parts, halved(x)], "mixed3")
    for i, n in enumerate((128, 160, 160, 192), 4):
        x = made.middle(x, n, f"mixed{i}")
    parts = [made.branch(x, (192, 1, 1), (320, 3, 3), end=half)]
    parts.append(made.branch(x, (192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3), end=half))
    x = made.joined([*parts, halved(x)], "mixed8")
    for i in range(2):
        x = made.large(x, i)
    if network.top:
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        x = Dense(network.classes, activation="softmax", name="predictions")(x)
    else:
        x = network.pooled(x)
    return network.model(x, "inception_v3", _kernels("inception_v3"), _RELEASES + "v0.5/")


# ---- MobileNet (Howard et al., arXiv:1704.04861; Sandler et al., arXiv:1801.04381)


_CORNER = ((0, 1), (0, 1))  # zeros below and on the right, with which a stride of 2 meets the same pixels as elsewhere


def _rows_of(network):
    rows = network.shape[1 if network.first else 0]
    return 224 if rows is None else rows


def MobileNet(
    input_shape=None,
    alpha=1.0,
    depth_multiplier=1,
    dropout=1e-3,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    **kwargs,
):
    """MobileNet.

    Args:
        alpha: scales the number of channels.
        depth_multiplier: of the depthwise convolutions.
        dropout: the rate before the classes.
        others: as of `VGG16`.
    """
    rows = 224 if input_shape is None else input_shape[0] or 224
    network = _Network(include_top, weights, input_tensor, input_shape, pooling, classes, size=rows, more=kwargs)
    axis = network.axis

    def ended(x, name):
        return ReLU(6.0, name=f"{name}_relu")(BatchNormalization(axis=axis, name=f"{name}_bn")(x))

    x = ZeroPadding2D(_CORNER, name="conv1_pad")(network.input)
    x = ended(Conv2D(int(32 * alpha), (3, 3), strides=(2, 2), use_bias=False, name="conv1")(x), "conv1")
    for i, filters in enumerate((64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024), 1):
        half = i in (2, 4, 6, 12)
        x = ZeroPadding2D(_CORNER, name=f"conv_pad_{i}")(x) if half else x
        how = {"padding": "valid" if half else "same", "strides": (2, 2) if half else (1, 1), "use_bias": False}
        x = DepthwiseConv2D((3, 3), depth_multiplier=depth_multiplier, name=f"conv_dw_{i}", **how)(x)
        x = ended(x, f"conv_dw_{i}")
        x = Conv2D(int(filters * alpha), (1, 1), padding="same", use_bias=False, name=f"conv_pw_{i}")(x)
        x = ended(x, f"conv_pw_{i}")
    if network.top:
        wide = int(1024 * alpha)
        x = Reshape((wide, 1, 1) if network.first else (1, 1, wide), name="reshape_1")(GlobalAveragePooling2D()(x))
        x = Dropout(dropout, name="dropout")(x)
        x = Conv2D(classes, (1, 1), padding="same", name="conv_preds")(x)
        x = Activation("softmax", name="act_softmax")(Reshape((classes,), name="reshape_2")(x))
    else:
        x = network.pooled(x)
    text = {1.0: "1_0", 0.75: "7_5", 0.50: "5_0"}.get(alpha, "2_5")
    files = [f"mobilenet_{text}_{_rows_of(network)}_tf{end}.h5" for end in ("", "_no_top")]
    return network.model(x, f"mobilenet_{alpha:0.2f}_{_rows_of(network)}", files, _RELEASES + "v0.6/")


def _rounded(channels, divisor=8):
    """A number of channels as a multiple of 8, not more than a tenth below the wanted one."""
    made = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return made + divisor if made < 0.9 * channels else made


_V2_STAGES = [(16, 1, 1, 1), (24, 2, 2, 6), (32, 3, 2, 6), (64, 4, 2, 6), (96, 3, 1, 6), (160, 3, 2, 6), (320, 1, 1, 6)]


def _inverted(x, network, number, filters, stride, expansion, alpha):
    """An inverted residual block."""
    name, channels = (f"block_{number}_" if number else "expanded_conv_"), x.shape.as_list()[network.axis]

    def normal(x, part):
        return BatchNormalization(axis=network.axis, epsilon=1e-3, momentum=0.999, name=f"{name}{part}_BN")(x)

    kept = x
    if number:
        x = Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=name + "expand")(x)
        x = ReLU(6.0, name=name + "expand_relu")(normal(x, "expand"))
    x = ZeroPadding2D(_CORNER, name=name + "pad")(x) if stride == 2 else x
    how = {"strides": stride, "padding": "same" if stride == 1 else "valid", "use_bias": False}
    x = ReLU(6.0, name=name + "depthwise_relu")(normal(DepthwiseConv2D(3, name=name + "depthwise", **how)(x), "depthwise"))
    made = _rounded(int(filters * alpha))
    x = normal(Conv2D(made, 1, padding="same", use_bias=False, name=name + "project")(x), "project")
    return Add(name=name + "add")([kept, x]) if stride == 1 and made == channels else x


def MobileNetV2(
    input_shape=None,
    alpha=1.0,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    **kwargs,
):
    """MobileNet v2; `alpha` scales the number of channels, the others as of `VGG16`."""
    rows = 224 if input_shape is None else input_shape[0] or 224
    network = _Network(include_top, weights, input_tensor, input_shape, pooling, classes, size=rows, more=kwargs)

    def ended(x, conv, bn, relu):
        x = BatchNormalization(axis=network.axis, epsilon=1e-3, momentum=0.999, name=bn)(conv(x))
        return ReLU(6.0, name=relu)(x)

    x = ZeroPadding2D(_CORNER, name="Conv1_pad")(network.input)
    x = ended(x, Conv2D(_rounded(32 * alpha), 3, strides=(2, 2), use_bias=False, name="Conv1"), "bn_Conv1", "Conv1_relu")
    number = 0
    for filters, count, stride, expansion in _V2_STAGES:
        for i in range(count):
            x = _inverted(x, network, number, filters, stride if i == 0 else 1, expansion, alpha)
            number += 1
    last = _rounded(1280 * alpha) if alpha > 1.0 else 1280
    x = ended(x, Conv2D(last, 1, use_bias=False, name="Conv_1"), "Conv_1_bn", "out_relu")
    if network.top:
        x = Dense(classes, activation="softmax", name="Logits")(GlobalAveragePooling2D()(x))
    else:
        x = network.pooled(x)
    start = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{_rows_of(network)}"
    files = [f"{start}{end}.h5" for end in ("", "_no_top")]
    return network.model(x, f"mobilenetv2_{alpha:0.2f}_{_rows_of(network)}", files, _MOBILE)
