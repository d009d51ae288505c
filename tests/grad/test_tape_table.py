"""Every op with a gradient once on a tape, against the gradients that the real TensorFlow gave for the rows of the case tables."""

import pytest

import mainstem.eager.context as eager
from mainstem.base import dtypes
from mainstem.core import registry
from mainstem.eager.tensor import wrap
from mainstem.grad.tape import GradientTape
from mainstem.graph.indexed_slices import IndexedSlices
from tests.eager.test_table import _flat, _given, first_rows
from tests.ops import test_table as table
from tests.tolerance import assert_close

pytestmark = [pytest.mark.usefixtures("eager_mode"), pytest.mark.slow]
ROWS = list(first_rows(lambda subject, row: row.grad and table.RECORDED[subject].index[row.id].get("grad")))


@pytest.mark.parametrize(("subject", "row"), ROWS)
def test_row(subject, row):
    recorded = table.RECORDED[subject]
    entry = recorded.index[row.id]
    op, arrays, args, sources = registry.lookup(row.op), row.arrays(), [], []
    for arg in op.inputs:
        how, what = row.inputs[arg.name], arrays[arg.name]
        made = [_given(s, a) for s, a in zip(how, what)] if isinstance(how, list) else _given(how, what)
        args.append(made)
        sources += [(arg.name, t) for t in _flat(made)]
    sources = [t for name in row.grad for n, t in sources if n == name]
    with GradientTape() as tape:
        for t in sources:
            if t.dtype.is_floating or t.dtype.is_complex or t.dtype is dtypes.resource:
                tape.watch(t)
        outputs = _flat(eager.context().apply(op, args, row.attrs))
    handles = len(entry["out"]) - len(outputs)  # variables are recorded first
    pairs = []
    for i, t in enumerate(outputs):
        name, shape, _ = entry["out"][handles + i]
        kind = dtypes.as_dtype(name)
        c = row.cotangent(handles + i, tuple(shape), kind.is_complex)
        if kind in dtypes.INEXACT and (row.count is None or i < row.count):
            pairs.append((t, wrap(c.astype(kind.np))))
    grads = tape.gradient([t for t, _ in pairs], sources, output_gradients=[c for _, c in pairs])
    for g, item, name in zip(grads, entry["grad"], row.grad):
        if item is None:
            assert g is None, f"{row.id}: TensorFlow gives no gradient of {name}"
            continue
        assert g is not None, f"{row.id}: no gradient of {name}"
        expected, kind = recorded.array(item)
        g = g._as_graph_tensor() if isinstance(g, IndexedSlices) else g
        assert_close(g._array(), expected, kind, f"{row.id}: gradient of {name}", row.grad_tol, gradient=True)
