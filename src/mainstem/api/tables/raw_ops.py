"""The public names of the ops themselves, `tf.raw_ops`."""

import mainstem.ops  # noqa: F401 - registers every op
from mainstem.api.rows import both
from mainstem.core.registry import REGISTRY
from mainstem.surface import raw

for _name, _op in REGISTRY.items():
    both(raw.raw_op(_op), f"raw_ops.{_name}")
