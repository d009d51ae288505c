"""TensorFlow 1's namespace: `import mainstem.v1 as tf`."""

from mainstem.api.load import fill as _fill

_fill(__name__, "v1")
