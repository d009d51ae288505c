"""The public names of `tf.distributions`, which TensorFlow 1 has, and those of its deep paths."""

from mainstem.api.rows import v1
from mainstem.dialects import distributions

for _name in [
    "Distribution",
    "FULLY_REPARAMETERIZED",
    "NOT_REPARAMETERIZED",
    "Normal",
    "RegisterKL",
    "ReparameterizationType",
    "kl_divergence",
]:
    v1(getattr(distributions, _name), f"distributions.{_name}")
