"""Files, checkpoints, events in stores: a real S3-compatible server (moto's) on this machine, and `memory://`."""

import json
import pathlib
import sys
import uuid

import numpy as np
import pytest

import mainstem
import mainstem.v1 as tf
from mainstem.eager.context import context
from mainstem.formats import events, stores
from mainstem.platform import remote
from mainstem.records import Writer, open_records

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import gfile_rows  # noqa: E402

sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE.parent / "golden" / "gfile_v2.json").read_text())
gfile = mainstem.io.gfile

# where a store has no directories, only names with slashes, nothing is missing above a file
OBJECTS = {
    "missing_parent_write": ["value", "None"],
    "missing_parent_mkdir": ["value", "None"],
    "copy_to_missing": ["value", "(None, None)"],
    "rename_to_missing": ["value", "(None, None)"],
    "empty_made": ["value", "(None, True)"],  # as Python's open does; TensorFlow makes no file without a write
}
MEMORY = OBJECTS | {"tell_of_writer": ["value", "[0, 5, 5]"], "append_tell": ["value", "(None, [3, 8, 8])"]}
S3 = OBJECTS | {
    "flush_shows": ["error", "NotFoundError"],  # an object appears when it is closed
    "tell_of_writer": ["error", "NotFoundError"],
    "rmtree_then_list": ["error", "NotFoundError"],  # a directory is gone with the last object below it
}
ROWS = [row for row in GOLDEN if row != "path_object"]


@pytest.fixture(scope="module")
def s3():
    """The address of a bucket on a server that runs as long as this file's tests."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    remote.opener.cache_clear()
    with pytest.MonkeyPatch.context() as m:
        m.setenv("AWS_ACCESS_KEY_ID", "somebody")
        m.setenv("AWS_SECRET_ACCESS_KEY", "something")
        m.setenv("AWS_DEFAULT_REGION", "us-east-1")
        m.setenv("S3_ENDPOINT", f"{host}:{port}")
        m.setenv("S3_USE_HTTPS", "0")
        gfile.makedirs("s3://bucket")
        yield "s3://bucket"
    remote.opener.cache_clear()
    server.stop()


@pytest.fixture(params=["memory", "s3"])
def folder(request):
    """An empty directory in a store."""
    base = request.getfixturevalue("s3") if request.param == "s3" else "memory://" + uuid.uuid4().hex
    path = f"{base}/{uuid.uuid4().hex}"
    gfile.makedirs(path)
    return path


@pytest.mark.parametrize("row", ROWS)
def test_programs_on_files_in_memory(row):
    path = f"memory://{uuid.uuid4().hex}"
    gfile.makedirs(path)
    assert gfile_rows.outcome(gfile, row, path, gfile_rows.v2) == MEMORY.get(row, GOLDEN[row])


@pytest.mark.parametrize("row", ROWS)
def test_programs_on_objects(row, s3):
    path = f"{s3}/{row}"
    gfile.makedirs(path)
    assert gfile_rows.outcome(gfile, row, path, gfile_rows.v2) == S3.get(row, GOLDEN[row])


def test_copies_between_stores(folder, tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    gfile.copy(str(tmp_path / "x"), folder + "/x")
    gfile.copy(folder + "/x", "memory://copies/x", overwrite=True)
    gfile.copy("memory://copies/x", str(tmp_path / "y"))
    assert (tmp_path / "y").read_bytes() == b"abc"
    with pytest.raises(tf.errors.AlreadyExistsError):
        gfile.copy(str(tmp_path / "x"), folder + "/x")
    with pytest.raises(tf.errors.UnimplementedError, match="copy it, then remove it"):
        gfile.rename(folder + "/x", str(tmp_path / "z"))


def test_ram_is_memory():
    with gfile.GFile("ram://a/x", "w") as f:
        f.write("abc")
    assert gfile.GFile("memory://a/x").read() == "abc" and gfile.exists("ram://a/x")


def test_schemes_without_a_driver_name_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    remote.opener.cache_clear()
    with pytest.raises(tf.errors.UnimplementedError, match="'gs' not implemented: pip install gcsfs first"):
        gfile.exists("gs://bucket/x")
    with pytest.raises(NotImplementedError, match="'nonsense' not implemented: Protocol not known"):
        tf.gfile.Exists("nonsense://x")
    assert {"", "file", "memory", "ram"} <= set(gfile.get_registered_schemes())


def test_a_server_that_does_not_answer(monkeypatch):
    pytest.importorskip("s3fs")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "S3_ENDPOINT": "127.0.0.1:9",
        "S3_USE_HTTPS": "0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setitem(remote._OPTIONS, "s3", {"config_kwargs": {"retries": {"max_attempts": 0}, "connect_timeout": 1}})
    remote.opener.cache_clear()
    with pytest.raises(tf.errors.UnavailableError, match="Could not connect"):
        gfile.listdir("s3://bucket/x")
    remote.opener.cache_clear()


def numbers(seed):
    return np.random.default_rng(seed).normal(size=(40, 30)).astype(np.float32)


@pytest.mark.parametrize("sharded", [False, True])
def test_saver(folder, sharded):
    with tf.Graph().as_default(), tf.Session() as session:
        v, w = tf.Variable(numbers(0), name="v"), tf.Variable(numbers(1), name="w")
        saver = tf.train.Saver(max_to_keep=2, sharded=sharded)
        session.run(tf.global_variables_initializer())
        for step in (1, 2, 3):
            path = saver.save(session, folder + "/model", global_step=step)
        assert path == folder + "/model-3"
        assert tf.train.latest_checkpoint(folder) == path
        names = sorted(gfile.listdir(folder))
        assert "model-2.index" in names and "model-3.meta" in names and not any(n.startswith("model-1") for n in names)
        assert not any("temp" in n for n in names)
        session.run([v.assign(v * 0), w.assign(w * 0)])
        saver.restore(session, path)
        np.testing.assert_array_equal(session.run(v), numbers(0))
        saver.save(session, folder + "/model", global_step=3)  # over itself
    with tf.Graph().as_default(), tf.Session() as session:
        tf.train.import_meta_graph(path + ".meta").restore(session, tf.train.latest_checkpoint(folder))
        np.testing.assert_array_equal(session.run("w:0"), numbers(1))
    assert tf.train.list_variables(folder) == [("v", [40, 30]), ("w", [40, 30])]
    np.testing.assert_array_equal(tf.train.load_variable(path, "v"), numbers(0))
    with pytest.raises(ValueError, match="In '.*' lie: .*model-3"):
        tf.train.Saver([tf.Variable(1.0)]).restore(tf.Session(), folder + "/model-9")


def test_damage_in_a_store_is_found(folder):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.Variable(numbers(0), name="v")
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, folder + "/model")
    name = path + ".data-00000-of-00001"
    content = bytearray(gfile.GFile(name, "rb").read())
    content[100] ^= 1
    with gfile.GFile(name, "wb") as f:
        f.write(bytes(content))
    with pytest.raises(tf.errors.DataLossError, match=f"{folder}.*checksum"):
        tf.train.load_variable(path, "v")


def test_events(folder):
    writer = tf.summary.FileWriter(folder + "/logs", flush_secs=1000)
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=1.0)]), 1)
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=2.0)]), 2)
    (name,) = gfile.listdir(folder + "/logs")

    def steps():
        with stores.Copies() as copies:
            return [e.step for e in events.read_events(copies.local(f"{folder}/logs/{name}")) if e.summary.value]

    assert steps() == [1]  # the first event goes at once, so that the file is there
    writer.flush()
    assert steps() == [1, 2]
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=3.0)]), 3)
    writer.close()
    assert steps() == [1, 2, 3]


@pytest.mark.parametrize("kind", ["", "GZIP", "ZLIB"])
def test_records(folder, kind):
    """TFRecord files in a store: TensorFlow's names, data sets, sets of records with their index, damage."""
    path, records = f"{folder}/a.tfrecord", [b"%d" % i * 300 for i in range(700)]
    with mainstem.io.TFRecordWriter(path, kind) as writer:
        for r in records:
            writer.write(r)
        writer.write(b"large" * 2000)
    records.append(b"large" * 2000)
    first, second = tf.python_io.tf_record_iterator(path, kind), tf.python_io.tf_record_iterator(path, kind)
    assert next(first) == next(second) and list(first) == list(second) == records[1:]  # each reads at its own place
    with context().as_default():
        assert [r.numpy() for r in mainstem.data.TFRecordDataset(path, kind)] == records
    found = open_records(f"{folder}/a.*")
    assert len(found) == 701 and found[-1] == records[-1] and list(found[5:7]) == records[5:7]
    assert gfile.exists(f"{folder}/.a.tfrecord.records-index")
    with Writer(f"{folder}/keyed", kind) as writer:
        writer.write(b"one", "a"), writer.write(b"two", "b")
    keyed = open_records(f"{folder}/keyed")
    assert keyed["b"] == b"two" and list(keyed.keys()) == ["a", "b"]
    with pytest.raises(ZeroDivisionError), Writer(f"{folder}/keyed", kind) as writer:
        writer.write(b"no"), 1 / 0
    assert list(open_records(f"{folder}/keyed")) == [b"one", b"two"]
    raw = stores.opened(path).read()
    stores.write(path, raw[:-30])
    with pytest.raises(tf.errors.DataLossError, match="a.tfrecord"):
        list(tf.python_io.tf_record_iterator(path, kind))
    with pytest.raises(tf.errors.NotFoundError):
        next(tf.python_io.tf_record_iterator(f"{folder}/no", kind))
    if not kind:
        lost = []
        assert list(open_records(path, damage=lost.append)) == records[:-1] and len(lost) == 1


def test_graphs_and_ops_that_read_files(folder):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.constant(1, name="one")
        tf.train.write_graph(graph, folder + "/graphs", "g.pbtxt")
        session.run(tf.write_file(folder + "/graphs/a.txt", "abc"))
        assert session.run(tf.read_file(folder + "/graphs/a.txt")) == b"abc"
        assert session.run(tf.matching_files(folder + "/graphs/*.txt")).tolist() == [f"{folder}/graphs/a.txt".encode()]
        with pytest.raises(tf.errors.NotFoundError, match="no.txt"):
            session.run(tf.read_file(folder + "/no.txt"))
    assert 'name: "one"' in gfile.GFile(folder + "/graphs/g.pbtxt").read()


def test_checkpoints_of_objects(folder):
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(numbers(3), name="v", use_resource=True)
        checkpoint = tf.train.Checkpoint(v=v)
        session.run(v.initializer)
        path = checkpoint.save(folder + "/deep/ckpt", session)
        session.run(v.assign(v * 0))
        checkpoint.restore(tf.train.latest_checkpoint(folder + "/deep")).run_restore_ops(session)
        assert path == folder + "/deep/ckpt-1"
        np.testing.assert_array_equal(session.run(v), numbers(3))
