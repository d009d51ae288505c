"""Every test gets an empty default graph."""

import importlib
import pkgutil

import pytest

import mainstem.ops
from mainstem.graph.graph import reset_default_graph

for _module in pkgutil.iter_modules(mainstem.ops.__path__):
    importlib.import_module(f"mainstem.ops.{_module.name}")


@pytest.fixture(autouse=True)
def fresh_graph():
    reset_default_graph()
    yield
