"""V1 checkpoints that TensorFlow wrote."""

import os

import numpy as np
import pytest

from mainstem.base import dtypes
from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats import bundle, v1_checkpoint

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")


@pytest.mark.parametrize("version", ["tf1", "tf2"])
def test_reading(version):
    with v1_checkpoint.open_checkpoint(f"{FIXTURES}/{version}/old") as r:
        assert isinstance(r, v1_checkpoint.V1Reader)
        with bundle.BundleReader(f"{FIXTURES}/{version}/saver") as new:
            assert r.entries() == new.entries()
            for name in new.keys():  # noqa: SIM118
                np.testing.assert_array_equal(r.read(name), new.read(name))
        assert r.entry("step") == (dtypes.int64, ())
        assert r.read("step") == 7
        np.testing.assert_array_equal(r.read("w"), np.arange(24, dtype=np.float32).reshape(6, 4))
        np.testing.assert_array_equal(r.read_slice("w", (1, 2), (3, -1)), np.arange(24).reshape(6, 4)[1:4, 2:])
        np.testing.assert_array_equal(r.read("emb"), np.full((5, 2), 1.5))
        with pytest.raises(NotFoundError, match="not found in checkpoint"):
            r.read("nope")


def test_sharded():
    with v1_checkpoint.open_checkpoint(FIXTURES + "/tf1/old_sharded") as r:
        assert r.read("x").tolist() == [0, 1, 2] and r.read("y").tolist() == [0, 1, 2, 3]


def test_damage(tmp_path):
    with open(FIXTURES + "/tf1/old", "rb") as f:
        raw = bytearray(f.read())
    raw[100] ^= 1
    (tmp_path / "old").write_bytes(raw)
    with pytest.raises(DataLossError, match="old is damaged at offset 0"):
        v1_checkpoint.open_checkpoint(tmp_path / "old")


def test_a_bundle_is_opened_as_one():
    with v1_checkpoint.open_checkpoint(FIXTURES + "/tf1/saver") as r:
        assert isinstance(r, bundle.BundleReader)
    with pytest.raises(NotFoundError, match="nothing"):
        v1_checkpoint.open_checkpoint(FIXTURES + "/nothing")
