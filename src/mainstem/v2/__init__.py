"""TensorFlow 2's namespace: `import mainstem.v2 as tf`, or just `import mainstem as tf`."""

from mainstem.api.load import fill as _fill
from mainstem.run.behavior import start as _start

_fill(__name__, "v2")
_start("v2")
