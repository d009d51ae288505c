"""The public names of the parts of `tf.keras`: initializers, layers, losses, metrics, optimizers, preprocessing and more."""

from mainstem.api.rows import v1
from mainstem.dialects.keras import activations, constraints, initializers, objects, regularizers

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
