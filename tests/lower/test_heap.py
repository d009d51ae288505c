"""What a process keeps of the memory of its steps."""

import subprocess
import sys
import textwrap

import pytest

from mainstem.lower import heap

STEPS = """
    import resource
    import mainstem.v1 as tf

    x = tf.placeholder(tf.float32, [None, 1024])
    w = tf.Variable(tf.ones([1024, 1024]))
    y = tf.reduce_sum(tf.nn.relu(tf.matmul(tf.nn.relu(tf.matmul(x, w)), w)))
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    feed = {x: sess.run(tf.ones([12000, 1024]))}
    faults = []
    for _ in range(15):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        sess.run(y, feed)
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    print(min(faults))  # of the best step: the heap may still grow in others
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's settings")
def test_a_step_takes_no_new_memory():
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(STEPS)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2000, "blocks of 48 MiB were taken from the system anew"


def test_memory_that_a_block_left_is_given_back(monkeypatch):
    sizes, released = iter([300, 305, 360, 370, 400, 340, 410]), []
    monkeypatch.setattr(heap, "_resident", lambda: next(sizes) << 20)
    monkeypatch.setattr(heap, "release", lambda: released.append(True))
    monkeypatch.setattr(heap, "MOVES", 2)
    monkeypatch.setattr(heap, "RUNS_TO_SETTLE", 0)
    settling, seen = heap.Settling(0), []
    for _ in range(7):
        settling()
        seen.append(len(released))
    assert seen == [0, 0, 1, 1, 2, 2, 2], "twice at most, each time from a new level on"
    settling()  # no more to look at


def test_memory_is_given_back_in_the_first_runs(monkeypatch):
    released = []
    monkeypatch.setattr(heap, "release", lambda: released.append(True))
    monkeypatch.setattr(heap, "_resident", lambda: 0)
    settling = heap.Settling(3)
    for _ in range(9):
        settling()
    assert len(released) == 3 + heap.RUNS_TO_SETTLE


def test_a_program_that_is_never_compiled_for_speed_settles(monkeypatch):
    released = []
    monkeypatch.setattr(heap, "release", lambda: released.append(True))
    monkeypatch.setattr(heap, "_resident", lambda: 0)
    settling = heap.Settling(10**9)
    for _ in range(30):
        settling()
    assert len(released) == heap.EARLY + heap.RUNS_TO_SETTLE
