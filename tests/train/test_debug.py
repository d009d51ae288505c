"""Dumps of a run's tensors."""

import os

import numpy as np
import pytest
from mainstem.v1.python.debug.lib import debug_data
from mainstem.v1.python.debug.wrappers import hooks

import mainstem.v1 as tf
from mainstem.formats import debug_dump


def test_every_tensor_of_a_run_is_dumped(tmp_path):
    x = tf.placeholder(tf.float32, [2], name="x")
    w = tf.get_variable("w", initializer=np.float32([1, 2]))
    with tf.name_scope("layer"):
        y = tf.log(x * w, name="y")
    tf.constant(5.0, name="aside")
    root = str(tmp_path / "dumps")
    with tf.train.MonitoredSession(hooks=[hooks.DumpingDebugHook(root)]) as session:
        for given in ([1, 1], [0, -1]):
            session.run(y, {x: given})
    first, second = (debug_data.DebugDumpDir(os.path.join(root, run)) for run in sorted(os.listdir(root)))
    assert first.size == second.size == len(first.dumped_tensor_data) and first.t0 <= second.t0
    assert {"x", "w/read", "layer/mul", "layer/y"} <= set(first.nodes()) and "aside" not in first.nodes()
    np.testing.assert_allclose(first.get_tensors("layer/y", 0, "DebugIdentity")[0], np.log([1, 2]), rtol=1e-6)
    assert [d.tensor_name for d in second.find(debug_data.has_inf_or_nan)] == ["layer/y:0"] and not first.find(
        debug_data.has_inf_or_nan
    )
    with pytest.raises(ValueError, match='"layer/y:1:DebugIdentity" does not exist'):
        first.get_tensors("layer/y", 1, "DebugIdentity")


def test_folders_that_are_in_use_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="points to a file"):
        hooks.DumpingDebugHook(str(tmp_path / "file"))
    with pytest.raises(ValueError, match="non-empty"):
        hooks.DumpingDebugHook(str(tmp_path))
    with pytest.raises(NotImplementedError, match="watch_fn"):
        hooks.DumpingDebugHook(str(tmp_path / "new"), watch_fn=lambda fetches, feeds: None)
    with pytest.raises(OSError, match="does not exist"):
        debug_data.DebugDumpDir(str(tmp_path / "nowhere"))


def test_files_tell_the_tensor(tmp_path):
    debug_dump.write(str(tmp_path), "a/b_1:2", np.array(["x", "yz"], object), 17)
    (found,) = debug_dump.read(str(tmp_path))
    assert (found.node_name, found.output_slot, found.timestamp, found.watch_key) == ("a/b_1", 2, 17, "a/b_1:2:DebugIdentity")
    assert found.file_path.endswith("task_0,device_CPU_0/a/b_1_2_DebugIdentity_17") and found.get_tensor().tolist() == [
        b"x",
        b"yz",
    ]
