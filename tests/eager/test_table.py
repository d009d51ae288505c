"""Every op of the case tables once through the eager builder, against the same recordings of the real TensorFlow."""

import itertools

import pytest

import mainstem.eager.context as eager
from mainstem.base import dtypes
from mainstem.core import registry
from mainstem.eager.tensor import EagerTensor, wrap
from mainstem.lower.slots import Slot
from tests.ops import test_table as table
from tests.tolerance import assert_close

pytestmark = [pytest.mark.usefixtures("eager_mode"), pytest.mark.slow]


def first_rows(also=lambda subject, row: True):
    """The first row of every op that a row of eager mode can describe: no `ref` inputs, which only graphs have."""
    seen = set()
    for subject, row in table.ROWS:
        samplers = itertools.chain(*(s if isinstance(s, list) else [s] for s in row.inputs.values()))
        if row.raises or row.gap or any(s.kind == "ref" for s in samplers):
            continue
        if row.op not in seen and also(subject, row):
            seen.add(row.op)
            yield pytest.param(subject, row, id=row.id)


def _given(sampler, array):
    dtype = dtypes.as_dtype(sampler.dtype)
    array = array if dtype is dtypes.string else array.astype(dtype.np)
    if sampler.kind == "resource":
        slot = Slot("variable", declared=(dtype, array.shape))
        slot.value = array
        return EagerTensor(slot, dtypes.resource)
    return wrap(array)


def _flat(result):
    if result is None:
        return []
    if isinstance(result, (list, tuple)):
        return [t for r in result for t in _flat(r)]
    return [result]


@pytest.mark.parametrize(("subject", "row"), list(first_rows()))
def test_row(subject, row):
    recorded = table.RECORDED[subject]
    entry = recorded.index[row.id]
    op, arrays, args, handles = registry.lookup(row.op), row.arrays(), [], []
    for arg in op.inputs:
        how, what = row.inputs[arg.name], arrays[arg.name]
        made = [_given(s, a) for s, a in zip(how, what)] if isinstance(how, list) else _given(how, what)
        handles += [t for t in _flat(made) if t.dtype is dtypes.resource]
        args.append(made)
    outputs = _flat(eager.context().apply(op, args, row.attrs))
    outputs = [wrap(h._value.value) for h in handles] + outputs
    assert len(outputs) == len(entry["out"]), f"{row.id}: {len(outputs)} outputs, TensorFlow gives {len(entry['out'])}"
    for i, item in enumerate(entry["out"][: row.count]):
        expected, name = recorded.array(item)
        assert outputs[i].dtype.name == name
        assert outputs[i].shape.as_list() == list(expected.shape)
        assert_close(outputs[i]._array(), expected, name, f"{row.id} output {i}", row.tol)
