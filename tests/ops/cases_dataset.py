"""The ops of data sets give recipes and work on iterators: programs apply them, and a test counts that all are applied."""

from mainstem.core.registry import REGISTRY
from mainstem.ops import dataset
from tests.data import test_dataset_ops

CASES = []
ELSEWHERE = {name: "data/test_dataset_ops.py" for name in test_dataset_ops.HERE}
COUNTED = {name for name, op in REGISTRY.items() if op.module == dataset.__name__} - test_dataset_ops.HERE
