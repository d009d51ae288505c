"""The public names of recurrent networks: `tf.nn.rnn_cell`, `tf.nn.dynamic_rnn` and its relatives, `tf.contrib.rnn`."""

from mainstem.api.rows import v1
from mainstem.dialects.rnn import (
    basic,
    bidirectional,
    block,
    cell,
    dynamic,
    layer_norm,
    lstm,
    projections,
    raw,
    static,
    wrappers,
)

_CELLS = {
    basic: "BasicRNNCell GRUCell",
    cell: "RNNCell",
    lstm: "BasicLSTMCell LSTMCell LSTMStateTuple",
    wrappers: "DeviceWrapper DropoutWrapper MultiRNNCell ResidualWrapper",
}
_LOOPS = {
    bidirectional: "bidirectional_dynamic_rnn",
    dynamic: "dynamic_rnn",
    raw: "raw_rnn",
}
_STATIC = {
    bidirectional: "static_bidirectional_rnn",
    static: "static_rnn static_state_saving_rnn",
}
_CONTRIB = {
    bidirectional: "stack_bidirectional_dynamic_rnn stack_bidirectional_rnn",
    block: "FusedRNNCell FusedRNNCellAdaptor GRUBlockCell GRUBlockCellV2 LSTMBlockCell LSTMBlockFusedCell LSTMBlockWrapper "
    "TimeReversedFusedRNN",
    cell: "LayerRNNCell",
    dynamic: "best_effort_input_batch_size transpose_batch_time",
    layer_norm: "LayerNormBasicLSTMCell",
    projections: "EmbeddingWrapper InputProjectionWrapper OutputProjectionWrapper",
}


def _rows(table, *places):
    for file, names in table.items():
        for name in names.split():
            v1(getattr(file, name), *(f"{p}.{name}" for p in places))


_rows(_CELLS, "nn.rnn_cell", "contrib.rnn")
_rows(_LOOPS, "nn")
_rows(_STATIC, "nn", "contrib.rnn")
_rows(_CONTRIB, "contrib.rnn")
