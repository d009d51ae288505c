"""SaveV2, RestoreV2, MergeV2Checkpoints and ShardedFilename run together on a directory."""

import numpy as np
import pytest

from mainstem.base import errors
from mainstem.core.registry import lookup
from mainstem.formats.bundle import BundleReader
from mainstem.run.session import Session


def test_shards_are_saved_merged_and_restored(tmp_path):
    prefix = str(tmp_path / "whole")
    names = [lookup("ShardedFilename")(str(tmp_path / "part"), i, 2) for i in range(2)]
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([b"x", b"yz"], object)
    saves = [
        lookup("SaveV2")(names[0], ["a"], [""], [a]),
        lookup("SaveV2")(names[1], ["b", "row"], ["", "4 2 1,2:-"], [b, np.ones((2, 2), np.int64)]),
    ]
    merge = lookup("MergeV2Checkpoints")(names, prefix)
    restored = lookup("RestoreV2")(prefix, ["b", "a", "row"], ["", "", "4 2 1,2:-"], dtypes=["string", "float32", "int64"])
    s = Session()
    assert s.run(names) == [str(tmp_path / f"part-0000{i}-of-00002").encode() for i in range(2)]
    s.run(saves)
    s.run(merge)
    with BundleReader(prefix) as reader:
        assert reader.keys() == ["a", "b", "row"]
    got = s.run(restored)
    assert got[0].tolist() == b.tolist() and np.array_equal(got[1], a) and got[2].tolist() == [[1, 1], [1, 1]]


def test_a_missing_file_and_a_wrong_type_are_named(tmp_path):
    prefix = str(tmp_path / "c")
    s = Session()
    s.run(lookup("SaveV2")(prefix, ["a"], [""], [np.ones(2, np.float32)]))
    with pytest.raises(errors.InvalidArgumentError, match="'a' has type float32 .* asks for int32"):
        s.run(lookup("RestoreV2")(prefix, ["a"], [""], dtypes=["int32"]))
    with pytest.raises(errors.NotFoundError, match="nowhere"):
        s.run(lookup("RestoreV2")(str(tmp_path / "nowhere"), ["a"], [""], dtypes=["float32"]))
