"""TensorFlow 1's namespace: `import mainstem.v1 as tf`."""

from mainstem.api.load import fill as _fill
from mainstem.run.behavior import start as _start

_fill(__name__, "v1")
_start("v1")
