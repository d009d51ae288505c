"""The registry against TensorFlow's OpDefs: graphs pass between the two only when inputs and attrs have the same names."""

import gzip
import importlib
import json
import pathlib
import pkgutil

import pytest

import mainstem.ops
from mainstem.base import dtypes
from mainstem.core.registry import MISSING, REGISTRY
from mainstem.graph import node_record
from tests.ops import cases_forest

for _found in pkgutil.iter_modules(mainstem.ops.__path__):
    importlib.import_module("mainstem.ops." + _found.name)
OPDEFS = json.loads(gzip.decompress((pathlib.Path(__file__).parents[1] / "golden" / "opdefs.json.gz").read_bytes()))
OURS = {  # ops that TensorFlow does not have under this name or form: why
    "InitializedValue": "a variable's value or its initial one",
    "InitializedResourceValue": "a variable's value or its initial one",
    "_NotImported": "stands for a node that was not imported",
    "_LoopCount": "counts a loop before it is differentiated",
    "_VectorizedCall": "the rows of a jacobian",
    "_GeneratorDataset": "calls a Python generator of this process",
    "_SavedDataset": "a folder that Dataset.save wrote",
    "_RerandomizedDataset": "RandomDatasetV2 without the resource that gives it seeds",
    "_IteratorHasNext": "the condition of a loop over a data set",
    "_IteratorPlace": "the place of an iterator as a string, which checkpoints can hold",
    "_IteratorGoTo": "the place of an iterator as a string, which checkpoints can hold",
    "SparseFeatureCross": "of tf.contrib, whose ops tf.raw_ops does not list",
    "SparseFeatureCrossV2": "of tf.contrib, whose ops tf.raw_ops does not list",
    "SymbolicGradient": "carries which operation it is the gradient of",
    **dict.fromkeys(cases_forest.ELSEWHERE, "of tf.contrib, whose ops tf.raw_ops does not list"),
}


def _differs(ours, theirs):
    """Whether a default differs from the recorded one (None: the attr has to be given)."""
    if theirs is None or ours is MISSING:
        return (theirs is None) != (ours is MISSING)
    if isinstance(ours, dtypes.DType):
        return ours.name != theirs
    if isinstance(ours, float):
        return abs(ours - theirs) > 1e-6 * max(1.0, abs(theirs))
    return isinstance(ours, (bool, int, str)) and ours != theirs


def _complaints(op, recorded):
    if [a.name for a in op.inputs] != recorded["inputs"]:
        yield f"inputs {[a.name for a in op.inputs]}, TensorFlow's are {recorded['inputs']}"
    if len(op.outputs) != recorded["outputs"]:
        yield f"{len(op.outputs)} outputs, TensorFlow has {recorded['outputs']}"
    newer = recorded.get("newer", {})
    if not set(recorded["attrs"]) <= set(op.attrs) <= set(recorded["attrs"]) | set(newer):
        yield f"attrs {sorted(op.attrs)}, TensorFlow's are {sorted(recorded['attrs'])}"
    for name, (kind, default) in {**newer, **recorded["attrs"]}.items():
        have = op.attrs.get(name)
        if have is not None and have.type != kind:
            yield f"attr {name} is of type {have.type}, TensorFlow's is {kind}"
        if have is not None and _differs(have.default, default):
            yield f"attr {name} defaults to {have.default!r}, TensorFlow's to {default!r}"


@pytest.mark.parametrize("name", sorted(set(REGISTRY) - set(OURS)))
def test_same_opdef(name):
    assert name in OPDEFS, f"{name} is no op of TensorFlow: say in OURS why it exists"
    assert list(_complaints(REGISTRY[name], OPDEFS[name])) == []


@pytest.mark.parametrize("name", sorted(n for n in set(REGISTRY) - set(OURS) if OPDEFS[n].get("newer")))
def test_attrs_of_later_versions_are_read(name):
    known = {*REGISTRY[name].attrs, *node_record._NOTES.get(name, ()), *node_record._ONLY_AT.get(name, ())}
    assert set(OPDEFS[name]["newer"]) <= known
