"""Programs of Slim's decoders and data providers: run under TensorFlow 1.15 by `golden/record_learning.py`, here by `test_slim_data.py`."""

import os

import numpy as np

try:
    from session_programs import failure
except ImportError:  # beside the tests, not by itself
    from tests.train.session_programs import failure


def example(tf, **features):
    """A serialized Example: lists of int, float or bytes by name (`_` for `/`)."""
    made = {}
    for name, values in features.items():
        if isinstance(values[0], bytes):
            made[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
        elif isinstance(values[0], float):
            made[name] = tf.train.Feature(float_list=tf.train.FloatList(value=values))
        else:
            made[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Example(features=tf.train.Features(feature=made)).SerializeToString()


def shown(value):
    if hasattr(value, "dense_shape"):
        return {
            "indices": np.asarray(value.indices).tolist(),
            "values": shown(value.values),
            "shape": np.asarray(value.dense_shape).tolist(),
        }
    value = np.asarray(value)
    flat = [v.decode() if isinstance(v, bytes) else v for v in value.reshape(-1).tolist()]
    return [value.dtype.name if value.dtype != object else "string", list(value.shape), flat]


def decoded(tf, serialized, features, handlers, items=None):
    decoder = tf.contrib.slim.tfexample_decoder.TFExampleDecoder(features, handlers)
    record = tf.placeholder(tf.string, [])  # of a constant, TensorFlow computes shapes that it does not know
    tensors = decoder.decode(record, items)
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        values = session.run(tensors, {record: serialized})
    return [decoder.list_items(), [shown(v) for v in values], [str(t.get_shape()) for t in tensors]]


def image_bytes(tf, kind):
    pixels = np.uint8([[[10, 200, 32], [90, 90, 90]], [[0, 0, 255], [255, 255, 255]]])
    if kind == "raw":
        return pixels.tobytes()
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run({"png": tf.image.encode_png, "jpeg": tf.image.encode_jpeg}[kind](pixels))


def images(tf, folder):
    decoder, found = tf.contrib.slim.tfexample_decoder, []
    features = {"image/encoded": tf.FixedLenFeature((), tf.string), "image/format": tf.FixedLenFeature((), tf.string, "jpeg")}
    for kind, options in (("png", {}), ("raw", {"shape": [2, 2, 3]}), ("png", {"channels": 1}), ("png", {"dtype": tf.uint16})):
        with tf.Graph().as_default():
            record = example(tf, **{"image/encoded": [image_bytes(tf, kind)], "image/format": [kind.encode()]})
            found.append(decoded(tf, record, features, {"image": decoder.Image(**options)}))
    with tf.Graph().as_default():
        record = example(tf, **{"image/encoded": [image_bytes(tf, "jpeg")], "image/format": [b"jpeg"]})
        found.append(decoded(tf, record, features, {"image": decoder.Image()})[1][0][:2])
    with tf.Graph().as_default():
        record = example(tf, pictures=[image_bytes(tf, "png")] * 3)
        rows = {"pictures": tf.FixedLenFeature([3], tf.string), "kind": tf.FixedLenFeature((), tf.string, "png")}
        handler = decoder.Image("pictures", "kind", repeated=True)
        found.append(decoded(tf, record, rows, {"image": handler}))
    return [found, decoder.Image().keys, decoder.Image("a", "b").keys]


def tensors(tf, folder):
    decoder = tf.contrib.slim.tfexample_decoder
    record = example(tf, a=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], n=[7], rows=[2], columns=[3], words=[b"x", b"y"], shape=[3, 2])
    features = {
        "a": tf.FixedLenFeature([6], tf.float32), "n": tf.FixedLenFeature((), tf.int64), "rows": tf.VarLenFeature(tf.int64),
        "columns": tf.VarLenFeature(tf.int64), "words": tf.VarLenFeature(tf.string), "shape": tf.FixedLenFeature([2], tf.int64),
        "none": tf.VarLenFeature(tf.float32),
    }  # fmt: skip
    handlers = {
        "plain": decoder.Tensor("a"),
        "shaped": decoder.Tensor("a", shape=[3, 2]),
        "by keys": decoder.Tensor("a", shape_keys=["rows", "columns"]),
        "by key": decoder.Tensor("a", shape_keys="shape"),
        "words": decoder.Tensor("words", default_value=""),
        "n": decoder.Tensor("n"),
        "backup": decoder.BackupHandler(decoder.Tensor("none"), decoder.Tensor("a")),
        "first": decoder.BackupHandler(decoder.Tensor("a"), decoder.Tensor("none")),
        "own": decoder.ItemHandlerCallback(["a", "n"], lambda t: t["a"] * tf.cast(t["n"], tf.float32)),
    }
    found = [decoded(tf, record, features, handlers), handlers["by keys"].keys, handlers["backup"].keys]
    with tf.Graph().as_default():
        found.append(decoded(tf, record, features, handlers, ["n", "plain"])[1])
    found.append(failure(lambda: decoder.Tensor("a", shape_keys="b", shape=[1])))
    found += [
        failure(lambda: decoder.BackupHandler(1, decoder.Tensor("a"))),
        failure(lambda: decoder.BackupHandler(decoder.Tensor("a"), 1)),
    ]
    return found


def boxes_and_sparse(tf, folder):
    decoder = tf.contrib.slim.tfexample_decoder
    sides = {"box/ymin": [0.1, 0.2], "box/xmin": [0.3, 0.4], "box/ymax": [0.5, 0.6], "box/xmax": [0.7, 0.8]}
    record = example(tf, at=[1, 3], value=[0.5, 0.25], size=[5], **sides)
    features = {k: tf.VarLenFeature(tf.float32) for k in (*sides, "value")}
    features.update(at=tf.VarLenFeature(tf.int64), size=tf.FixedLenFeature([1], tf.int64))
    handlers = {
        "boxes": decoder.BoundingBox(prefix="box/"),
        "reordered": decoder.BoundingBox(["xmin", "ymin", "xmax", "ymax"], "box/"),
        "sparse": decoder.SparseTensor("at", "value", shape=[5]),
        "by key": decoder.SparseTensor("at", "value", shape_key="size"),
        "natural": decoder.SparseTensor("at", "value"),
        "dense": decoder.SparseTensor("at", "value", shape=[5], densify=True, default_value=-1),
    }
    errors = [failure(lambda: decoder.BoundingBox(["a"])), decoder.BoundingBox().keys, decoder.SparseTensor().keys]
    return [decoded(tf, record, features, handlers), errors, decoder.SparseTensor("i", "v", "s").keys]


def descriptions(tf, folder):
    slim = tf.contrib.slim
    made = slim.dataset.Dataset("src", "reader", "decoder", 7, {"a": "b"}, labels=3)
    provider = slim.data_provider.DataProvider({"x": 1, "y": 2}, 9)
    found = [sorted(vars(made).items()), provider.get(["y", "x"]), sorted(provider.list_items()), provider.num_samples()]
    found += [
        failure(lambda: provider.get(["z"]))[0],
        failure(lambda: provider.get("x")),
        failure(lambda: slim.data_decoder.DataDecoder())[0],
    ]
    return found


def written(tf, folder):
    """Two files of three records each, of which `n` counts."""
    for i in range(2):
        with tf.python_io.TFRecordWriter(os.path.join(folder, f"part-{i}")) as writer:
            for j in range(3):
                writer.write(example(tf, n=[3 * i + j], text=[b"t%d" % (3 * i + j)]))
    return os.path.join(folder, "part-*")


def drained(tf, fetches):
    """What the fetches give until the data ends."""
    made = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        try:
            while True:
                made.append(session.run(fetches))
        except tf.errors.OutOfRangeError:
            coord.request_stop()
        coord.join(threads)
    return made


def readers(tf, folder):
    reader, pattern, found = tf.contrib.slim.parallel_reader, written(tf, folder), []
    key, value = reader.parallel_read(pattern, tf.TFRecordReader, num_epochs=1, num_readers=1, shuffle=False)
    found += [[t.op.type for t in (key, value)], [s.name for s in tf.get_collection(tf.GraphKeys.SUMMARIES)]]
    found += [[q.name for q in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)], len(tf.local_variables())]
    found.append([k.decode().replace(folder, "DIR") for k, _ in drained(tf, [key, value])])
    with tf.Graph().as_default():
        rows = {"capacity": 4, "min_after_dequeue": 2, "seed": 1}
        pair = reader.parallel_read([pattern], tf.TFRecordReader, num_epochs=2, num_readers=3, scope="own", **rows)
        found.append([pair[0].name, len(drained(tf, pair))])
    with tf.Graph().as_default():
        pair = reader.single_pass_read(pattern, tf.TFRecordReader)
        found.append([k.decode().replace(folder, "DIR") for k, _ in drained(tf, list(pair))])
    with tf.Graph().as_default():
        names = tf.train.string_input_producer(sorted(reader.get_data_files(pattern)), num_epochs=1, shuffle=False)
        queue = tf.FIFOQueue(10, [tf.string, tf.string], [[], []])
        several = reader.ParallelReader(tf.TFRecordReader, queue, num_readers=2)
        keys, _ = several.read_up_to(names, 2)
        found.append([several.num_readers, several.common_queue is queue, sum(len(k) for k in drained(tf, keys))])
        wrong = tf.FIFOQueue(10, [tf.string, tf.int32], [[], []])
        found.append(failure(lambda: reader.ParallelReader(tf.TFRecordReader, wrong))[0])
        found.append(failure(lambda: reader.ParallelReader(tf.TFRecordReader, tf.FIFOQueue(1, [tf.string], [[]])))[0])
    files = [f.replace(folder, "DIR") for f in sorted(reader.get_data_files(["x", pattern]))]
    return [*found, files, failure(lambda: reader.get_data_files(os.path.join(folder, "none*")))[0]]


def provided(tf, folder):
    slim, found = tf.contrib.slim, []
    features = {"n": tf.FixedLenFeature((), tf.int64), "text": tf.FixedLenFeature((), tf.string)}
    handlers = {"number": slim.tfexample_decoder.Tensor("n"), "text": slim.tfexample_decoder.Tensor("text")}
    decoder = slim.tfexample_decoder.TFExampleDecoder(features, handlers)
    dataset = slim.dataset.Dataset(written(tf, folder), tf.TFRecordReader, decoder, 6, {"number": "a number"})
    provider = slim.dataset_data_provider.DatasetDataProvider(dataset, shuffle=False, num_epochs=1)
    number, text, key = provider.get(["number", "text", "record_key"])
    found += [sorted(provider.list_items()), provider.num_samples(), str(number.get_shape()), number.dtype.name]
    found.append([[int(n), t.decode(), k.decode().replace(folder, "DIR")] for n, t, k in drained(tf, [number, text, key])])
    found.append(failure(lambda: slim.dataset_data_provider.DatasetDataProvider(dataset, record_key="text"))[0])
    with tf.Graph().as_default():
        rows = {"num_readers": 2, "common_queue_capacity": 8, "common_queue_min": 2, "num_epochs": 1, "seed": 3}
        (number,) = slim.dataset_data_provider.DatasetDataProvider(dataset, **rows).get(["number"])
        found.append(sorted(int(n) for n in drained(tf, number)))
    return found


PROGRAMS = {f.__name__: f for f in (images, tensors, boxes_and_sparse, descriptions, readers, provided)}
