"""The ops of data sets give recipes and work on iterators: they are exercised as such."""

from mainstem.core.registry import REGISTRY
from mainstem.ops import dataset

CASES = []
ELSEWHERE = {name: "data/test_dataset_rows.py" for name, op in REGISTRY.items() if op.module == dataset.__name__}
