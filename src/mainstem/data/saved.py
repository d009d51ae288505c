"""Datasets in folders: `Dataset.save` writes the elements and their spec, `Dataset.load` gives the dataset back."""

import json
import os

from mainstem.base import dtypes, errors
from mainstem.data import iteration, stored
from mainstem.data.cursor import Cursor, cursor, text
from mainstem.graph.spec import TensorSpec

_ELEMENTS, _SPEC = "elements", "element_spec.json"


def _plain(spec):
    if isinstance(spec, TensorSpec):
        return {"shape": None if spec._dims is None else list(spec._dims), "dtype": spec.dtype.name}
    if isinstance(spec, dict):
        return {"dict": {k: _plain(v) for k, v in spec.items()}}
    if type(spec) is tuple:
        return {"tuple": [_plain(v) for v in spec]}
    raise NotImplementedError(f"Dataset.save: elements of {spec!r} are not implemented.")


def _spec(plain):
    if "dict" in plain:
        return {k: _spec(v) for k, v in plain["dict"].items()}
    if "tuple" in plain:
        return tuple(_spec(v) for v in plain["tuple"])
    return TensorSpec(plain["shape"], dtypes.as_dtype(plain["dtype"]))


def save(dataset, path):
    """Writes the elements of a dataset of eager mode to a folder. Raises NotImplementedError in a graph and for sparse elements."""
    variant = dataset._variant_tensor
    if not variant._is_eager:
        raise NotImplementedError("Dataset.save in a graph is not implemented: use eager mode, or TFRecord files.")
    described = _plain(dataset.element_spec)
    os.makedirs(path, exist_ok=True)
    stored.write(os.path.join(path, _ELEMENTS), iteration.elements(variant._value))
    part = os.path.join(path, _SPEC + ".part")
    with open(part, "w") as f:
        json.dump(described, f)
    os.replace(part, os.path.join(path, _SPEC))


def spec_at(path):
    """The element_spec of a dataset that `save` wrote. Raises NotFoundError."""
    try:
        with open(os.path.join(path, _SPEC)) as f:
            return _spec(json.load(f))
    except FileNotFoundError:
        raise errors.NotFoundError(None, None, f"Could not find a dataset in {path}: it holds no {_SPEC}.") from None


@cursor("_SavedDataset")
class Saved(Cursor):
    """The elements that `save` wrote."""

    PLACE, unseen = ("at",), True

    def setup(self, path):
        shared = self.recipe.shared
        if "elements" not in shared:
            shared["elements"] = stored.read(os.path.join(text(path), _ELEMENTS))
        self.found, self.at = shared["elements"], 0

    def rows(self, n):
        if self.at >= self.found.count:
            return None
        start, self.at = self.at, min(self.at + n, self.found.count)
        return self.found.part(start, self.at)
