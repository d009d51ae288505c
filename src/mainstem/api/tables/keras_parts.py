"""The public names of the parts of `tf.keras`: initializers, layers, losses, metrics, optimizers, preprocessing and more."""

from mainstem.api.rows import v1
from mainstem.dialects.keras import (
    activations,
    applications,
    attention,
    cells,
    confusion,
    constraints,
    convolution,
    convolutional_recurrent,
    core,
    embeddings,
    fused_recurrent,
    imagenet,
    initializers,
    known,
    local,
    losses,
    merging,
    metrics,
    nonlinear,
    normalization,
    objects,
    optimizer,
    optimizers,
    picture_flow,
    pictures,
    pooling,
    recurrent,
    regularizers,
    resizing,
    schedules,
    scikit,
    sequences,
    texts,
    tools,
    wrappers,
)

_LOOKUPS = ["deserialize", "get", "serialize"]


def _rows(space, module, names):
    for name in names:
        v1(getattr(module, name), f"keras.{space}.{name}")


# activations, initializers, regularizers, constraints
_rows("activations", activations, [*activations.KNOWN, *_LOOKUPS])
_CLASSES = ["Constant", "Identity", "Initializer", "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal"]
_CLASSES += ["VarianceScaling", "Zeros", "constant", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity"]
_CLASSES += ["lecun_normal", "lecun_uniform", "normal", "ones", "orthogonal", "random_normal", "random_uniform"]
_rows("initializers", initializers, [*_CLASSES, "truncated_normal", "uniform", "zeros", *_LOOKUPS])
v1(initializers.RandomUniform, "python.keras.initializers.RandomUniform")
_rows("regularizers", regularizers, ["L1L2", "Regularizer", "l1", "l1_l2", "l2", *_LOOKUPS])
_CONSTRAINTS = ["Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "RadialConstraint", "UnitNorm", "max_norm", "min_max_norm"]
_rows("constraints", constraints, [*_CONSTRAINTS, "non_neg", "radial_constraint", "unit_norm", *_LOOKUPS])

# utils
_OBJECTS = ["CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects"]
_rows("utils", objects, [*_OBJECTS, "serialize_keras_object"])
_TOOLS = [
    "convert_all_kernels_in_model",
    "get_file",
    "model_to_dot",
    "multi_gpu_model",
    "normalize",
    "plot_model",
]
_rows("utils", tools, [*_TOOLS, "HDF5Matrix", "to_categorical"])
v1(sequences.Sequence, "keras.utils.Sequence")

# preprocessing
_SEQUENCES = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]
_rows("preprocessing.sequence", sequences, _SEQUENCES)
_rows("preprocessing.text", texts, ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"])

# layers
_ALIASES = {
    "AvgPool": "AveragePooling",
    "MaxPool": "MaxPooling",
    "GlobalAvgPool": "GlobalAveragePooling",
    "GlobalMaxPool": "GlobalMaxPooling",
}
_NAMES = {
    core: "Dense Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianNoise GaussianDropout AlphaDropout Activation"
    " ActivityRegularization Flatten Reshape Permute RepeatVector Masking Lambda",
    embeddings: "Embedding",
    normalization: "BatchNormalization LayerNormalization",
    nonlinear: "LeakyReLU PReLU ELU ThresholdedReLU Softmax ReLU",
    merging: "Add Subtract Multiply Average Maximum Minimum Concatenate Dot add subtract multiply average maximum minimum"
    " concatenate dot",
    convolution: "Conv1D Conv2D Conv3D SeparableConv1D SeparableConv2D Conv2DTranspose Conv3DTranspose DepthwiseConv2D",
    resizing: "ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D",
    cells: "SimpleRNNCell GRUCell LSTMCell StackedRNNCells",
    recurrent: "AbstractRNNCell RNN SimpleRNN GRU LSTM",
    fused_recurrent: "CuDNNGRU CuDNNLSTM",
    convolutional_recurrent: "ConvLSTM2D",
    attention: "Attention AdditiveAttention",
    local: "LocallyConnected1D LocallyConnected2D",
    wrappers: "Wrapper TimeDistributed Bidirectional",
    known: "deserialize serialize",
}
for _module, _names in _NAMES.items():
    _rows("layers", _module, _names.split())
for _class in ("Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "Conv2DTranspose", "Conv3DTranspose"):
    v1(getattr(convolution, _class), f"keras.layers.{_class.replace('Conv', 'Convolution')}")
for _rank in "123":
    for _short, _full in _ALIASES.items():
        v1(getattr(pooling, f"{_full}{_rank}D"), f"keras.layers.{_full}{_rank}D", f"keras.layers.{_short}{_rank}D")
v1(core.Dense, "python.keras.layers.Dense")
v1(convolution.Conv2D, "python.keras.layers.Conv2D")

# optimizers
_rows("optimizers", optimizers, [*optimizers.KNOWN, *_LOOKUPS])
v1(optimizer.OptimizerV2, "keras.optimizers.Optimizer")
_SCHEDULES = ["LearningRateSchedule", "deserialize", "serialize"]
_rows("optimizers.schedules", schedules, [*schedules.KNOWN, *_SCHEDULES])
_rows("experimental", schedules, schedules.EXPERIMENTAL)
_IMAGE = ["apply_affine_transform", "apply_brightness_shift", "apply_channel_shift", "array_to_img", "img_to_array", "load_img"]
_IMAGE += ["random_brightness", "random_channel_shift", "random_rotation", "random_shear", "random_shift", "random_zoom"]
_rows("preprocessing.image", pictures, [*_IMAGE, "save_img"])
_rows("preprocessing.image", picture_flow, ["DirectoryIterator", "ImageDataGenerator", "Iterator", "NumpyArrayIterator"])

# losses and metrics
_SHORT = [n for n in losses.KNOWN if n != "huber_loss" and n != "Loss" and n != "LossFunctionWrapper"]
_rows("losses", losses, ["Loss", *_SHORT, "cosine", *_LOOKUPS])
_METRICS = [
    n
    for n in metrics.KNOWN
    if n not in ("Reduce", "MeanMetricWrapper", "accuracy", "categorical_hinge", "huber_loss", "logcosh")
]
_rows(
    "metrics", metrics, [n for n in [*_METRICS, "cosine", *_LOOKUPS] if n not in confusion.KNOWN and n != "cosine_similarity"]
)
_rows("metrics", confusion, confusion.KNOWN)

# applications
_MODES = {"vgg16": "caffe", "vgg19": "caffe", "resnet50": "caffe", "resnet": "caffe"}
_MODES |= {"inception_v3": "tf", "mobilenet": "tf", "mobilenet_v2": "tf"}
_NETWORKS = {"vgg16": ["VGG16"], "vgg19": ["VGG19"], "resnet50": ["ResNet50"], "resnet": ["ResNet101", "ResNet152", "ResNet50"]}
_NETWORKS |= {"inception_v3": ["InceptionV3"], "mobilenet": ["MobileNet"], "mobilenet_v2": ["MobileNetV2"]}
for _file, _names in _NETWORKS.items():
    _rows(f"applications.{_file}", applications, _names)
    v1(imagenet.preprocessing(_MODES[_file]), f"keras.applications.{_file}.preprocess_input")
    v1(imagenet.decode_predictions, f"keras.applications.{_file}.decode_predictions")
_rows("applications", applications, sorted({n for _names in _NETWORKS.values() for n in _names}))
_rows("applications.imagenet_utils", imagenet, ["decode_predictions", "preprocess_input"])
v1(applications.VGG16, "python.keras.applications.VGG16")

# wrappers
_rows("wrappers.scikit_learn", scikit, ["KerasClassifier", "KerasRegressor"])
