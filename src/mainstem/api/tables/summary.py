"""The public names of summaries that are written as they are computed: `tf.contrib.summary`, and TensorFlow 2's `tf.summary`."""

from mainstem.api.rows import v1, v2
from mainstem.dialects.contrib import summary as contrib_summary
from mainstem.train import summary_recording, summary_v2

_CONTRIB = (
    "all_summary_ops always_record_summaries audio create_db_writer create_file_writer create_summary_file_writer eval_dir flush "
    "generic graph histogram image import_event initialize never_record_summaries record_summaries_every_n_global_steps scalar "
    "should_record_summaries summary_writer_initializer_op"
)
for _name in _CONTRIB.split():
    v1(getattr(contrib_summary, _name), f"contrib.summary.{_name}")
v1(summary_recording.SummaryWriter, "contrib.summary.SummaryWriter")
v2(summary_recording.SummaryWriter, "summary.SummaryWriter")
_V2 = "create_file_writer create_noop_writer flush graph histogram image record_if scalar should_record_summaries text write"
for _name in _V2.split():
    v2(getattr(summary_v2, _name), f"summary.{_name}")
for _name in ("get_step", "set_step", "summary_scope", "write_raw_pb"):
    v2(getattr(summary_v2, _name), f"summary.experimental.{_name}")
