"""The data of `fit`, `evaluate` and `predict`: arrays in lists and dicts as one list in the model's order, checked; weights of examples."""

import numpy as np

from mainstem.base import shapes
from mainstem.surface import array, framework


def as_array(value):
    """Data as an array, or the tensor that it is: tables give their values, scipy's sparse matrices dense ones."""
    if value is None or isinstance(value, np.ndarray):
        return value
    if framework.is_tensor(value):
        return value.numpy() if getattr(value, "_is_eager", False) else value
    if type(value).__name__ in ("DataFrame", "Series"):
        return value.values
    if hasattr(value, "toarray"):
        return value.toarray()
    return value if hasattr(value, "shape") and hasattr(value, "__getitem__") else np.asarray(value)


def row(value):
    """Examples of one number each as examples of one feature."""
    if value is None or len(value.shape) != 1:
        return value
    return array.expand_dims(value, 1) if framework.is_tensor(value) else np.expand_dims(value, 1)


def listed(data, names):
    """Data for several names, a dict or a list, as a list in their order. Raises ValueError for a dict without one of them."""
    if isinstance(data, dict):
        for name in names:
            if name not in data:
                raise ValueError(f'No data provided for "{name}". Need data for each key in: {list(names)}')
        return [data[name] for name in names]
    if isinstance(data, (list, tuple)):
        if len(names) == 1 and data and isinstance(data[0], (int, float)):
            return [np.asarray(data)]
        return list(data)
    return [data]


def standardized(data, names, known, what):
    """The data as a list of arrays or tensors in the order of `names`.

    Args:
        data: an array, a list or a dict of them, or None.
        names: of the inputs or outputs.
        known: their static shapes, each may be None.
        what: "input" or "target", for errors.

    Raises ValueError for another number of arrays, and for shapes that do not fit.
    """
    if data is None:
        return []
    found = [as_array(v) for v in listed(data, names)]
    if len(found) != len(names):
        raise ValueError(
            f"Error when checking model {what}: the list of Numpy arrays that you are passing to your model is not the size the "
            f"model expected. Expected to see {len(names)} array(s), but instead got the following list of {len(found)} arrays: "
            f"{str(found)[:200]}..."
        )
    found = [v if known[i] is not None and len(known[i]) == 1 else row(v) for i, v in enumerate(found)]
    for name, value, shape in zip(names, found, known, strict=True):
        if shape is not None and value is not None:
            _check(name, shapes.as_tuple(value.shape), shape, what)
    return found


def _check(name, have, shape, what):
    if have is None:
        return
    start = f"Error when checking {what}: expected {name} to have "
    if len(have) != len(shape):
        raise ValueError(f"{start}{len(shape)} dimensions, but got array with shape {have}")
    if any(a != b for a, b in zip(have[1:], shape[1:]) if a is not None and b is not None):
        raise ValueError(f"{start}shape {tuple(shape[1:])} but got array with shape {have[1:]}")


def check_lengths(inputs, targets, weights):
    """Raises ValueError unless all have the same number of examples."""
    counts = []
    for values, name in ((inputs, "input arrays (x)"), (targets, "target arrays (y)"), (weights, "sample_weight arrays")):
        found = {shapes.as_tuple(v.shape)[0] for v in values if v is not None and len(v.shape)}
        if len(found) > 1:
            raise ValueError(
                f"All {name} should have the same number of samples. Got array shapes: {[v.shape for v in values]}"
            )
        counts.append(found)
    if counts[1] and counts[0] and counts[0] != counts[1]:
        raise ValueError(
            f"Input arrays should have the same number of samples as target arrays. Found {counts[0].pop()} input samples and "
            f"{counts[1].pop()} target samples."
        )
    if counts[2] and counts[1] and counts[1] != counts[2]:
        raise ValueError(
            f"Sample_weight arrays should have the same number of samples as target arrays. Found {counts[2].pop()} input samples "
            f"and {counts[1].pop()} target samples."
        )


def by_output(value, names, what):
    """`sample_weight` or `class_weight` as a list, one for each output, None where none is given.

    Raises ValueError for several outputs and one value that names none, TypeError for other types.
    """
    if value is None or (isinstance(value, (list, dict)) and not value):
        return [None] * len(names)
    if len(names) == 1:
        if isinstance(value, (list, tuple)) and len(value) == 1:
            return list(value)
        if isinstance(value, dict) and names[0] in value:
            return [value[names[0]]]
        return [value]
    if isinstance(value, dict):
        return [value.get(n) for n in names]
    if not isinstance(value, (list, tuple)):
        raise TypeError(
            f"The model has multiple outputs, so `{what}` should be either a list or a dict. Provided `{what}` type not understood: "
            f"{value}"
        )
    if len(value) != len(names):
        raise ValueError(f"Provided `{what}` was a list of {len(value)} elements, but the model has {len(names)} outputs.")
    return list(value)


def weights_of(target, sample_weight, class_weight, temporal=False):
    """The weights of examples as an array, None when neither is given: a class's weight times the example's own.

    Raises ValueError for weights that do not fit the targets and for classes without a weight.
    """
    if sample_weight is not None:
        sample_weight = as_array(sample_weight)
        if not temporal and len(sample_weight.shape) != 1:
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape}. In order to use timestep-wise sample weights, you should "
                'specify sample_weight_mode="temporal" in compile(). If you just mean to use sample-wise weights, make sure your '
                "sample_weight array is 1D."
            )
        if len(sample_weight.shape) > len(target.shape):
            raise ValueError(
                f"Found a sample_weight with shape {sample_weight.shape}.Expected sample_weight with rank less than or equal to "
                f"{len(target.shape)}"
            )
    if class_weight is None:
        return sample_weight
    if len(target.shape) > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    classes = np.argmax(target, axis=1) if target.shape[1] > 1 else np.reshape(target, (target.shape[0],))
    missing = set(np.unique(classes)) - set(class_weight)
    if missing:
        raise ValueError(
            f"`class_weight` must contain all classes in the data. The classes {missing} exist in the data but not in `class_weight`."
        )
    own = np.asarray([class_weight[c] for c in classes])
    return own if sample_weight is None else own * sample_weight


def split(values, fraction):
    """Two lists of arrays: the first examples, and the last `fraction` of them. Raises ValueError when one would be empty."""
    count = next(v for v in values if v is not None).shape[0]
    at = int(count * (1.0 - fraction))
    if at in (0, count):
        raise ValueError(
            f"Training data contains {count} samples, which is not sufficient to split it into a validation and training set as "
            f"specified by `validation_split={fraction}`. Either provide more data, or a different value for the "
            "`validation_split` argument."
        )
    return [None if v is None else v[:at] for v in values], [None if v is None else v[at:] for v in values]
