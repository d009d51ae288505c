"""The programs behind the summary goldens: plain Python that runs with any namespace spelled like TensorFlow 1's.

`tests/golden/record_summary.py` runs them under the real TensorFlow, `tests/train/test_summary.py` under Mainstem.
"""

import base64

import numpy as np

NAMES = ["x", "x y:z", "/lead", "//two", "a/b.c-d", "0", "s p a c e", "A"]
SCOPES = [None, "scope"]
FAMILIES = [None, "fam", "fam il"]
BAD_NAMES = ["", "/", "_x", None]


def names(tf):
    """[summary name, its inputs, its bytes] of scalars under every kind of name, each made twice."""
    with tf.Graph().as_default():
        made = []
        for scope in SCOPES:
            for family in FAMILIES:
                for name in NAMES + NAMES[:2]:
                    with tf.name_scope(scope):
                        made.append(tf.summary.scalar(name, 1.5, family=family))
        collected = [t.name for t in tf.get_collection(tf.GraphKeys.SUMMARIES)]
        assert collected == [t.name for t in made]
        with tf.Session() as sess:
            found = sess.run(made)
    return [[t.name, [i.name for i in t.op.inputs], _text(v)] for t, v in zip(made, found)]


def _text(data):
    return base64.b64encode(data).decode()


def bad_names(tf):
    """The exception of each name that cannot be one."""
    out = []
    for name in BAD_NAMES:
        with tf.Graph().as_default():
            try:
                tf.summary.scalar(name, 1.0)
            except Exception as e:
                out.append(type(e).__name__)
            else:
                out.append(None)
    return out


def _kinds(tf):
    summary = tf.summary
    wave = np.float32([[0, 0.5, 1, -1, 0.25, 2, 1e-5], [0] * 7])
    with tf.name_scope("a"):
        yield summary.histogram("h", np.float32([-1, 0, 1, 2, 2, 1e-13, 1e30]))
        yield summary.histogram("h", np.array([1, 2, 300], np.int64), family="q")
        yield summary.audio("au", wave, 44100)
        yield summary.audio("au", wave, 22050.5, max_outputs=1, family="q")
        yield summary.text("t", tf.constant("hello"))
        yield summary.text("t", tf.constant([["a", "b"], ["c", "d"]]), collections=["mine"])
        yield summary.tensor_summary("ts", tf.constant([1, 2]), summary_description="what it is", display_name="shown")
        yield summary.tensor_summary("ts", tf.constant([True]), family="q")
    yield summary.scalar("loss", 3, collections=[])
    first, second = summary.scalar("m", 1), summary.scalar("n", np.float64(0.1))
    yield summary.merge([first, second])
    yield summary.merge([first, second], name="named", collections=["mine"])
    yield summary.merge_all(scope="a/")
    yield summary.merge_all("mine", name="all")


def kinds(tf):
    """[summary name, its inputs, its collections, its bytes] of every kind of summary but images."""
    with tf.Graph().as_default():
        made = list(_kinds(tf))
        keys = (tf.GraphKeys.SUMMARIES, "mine")
        member = [[k for k in keys if any(t is s for s in tf.get_collection(k))] for t in made]
        assert tf.summary.merge_all("no such key") is None
        with tf.Session() as sess:
            found = sess.run(made)
    return [[t.name, [i.name for i in t.op.inputs], m, _text(v)] for t, m, v in zip(made, member, found)]


def pictures():
    """(images, max_outputs) for image summaries."""
    rng = np.random.RandomState(7)
    cases = []
    for kind in ("float32", "float64", "float16"):
        for channels in (1, 3, 4):
            cases.append((rng.normal(size=(2, 3, 4, channels)).astype(kind), 3))
        cases.append((rng.uniform(0, 3, size=(1, 3, 4, 3)).astype(kind), 1))
        cases.append((np.zeros((1, 2, 2, 1), kind), 1))
        cases.append((np.full((1, 2, 2, 1), 1e-7, kind), 1))
        cases.append((np.full((1, 2, 2, 1), -3, kind), 1))
        strange = rng.normal(size=(1, 2, 3, 3)).astype(kind)
        strange[0, 0, 0, 1], strange[0, 1, 2, 0], strange[0, 1, 1, 2] = np.nan, np.inf, -np.inf
        cases.append((strange, 1))
        cases.append((np.full((1, 1, 2, 1), np.nan, kind), 1))
        cases.append((np.array([0, 0.1, 0.5, 1.0, 1e-3, 254.4, 255, 7]).reshape(1, 2, 4, 1).astype(kind), 1))
    cases.append((rng.randint(0, 256, size=(4, 3, 2, 3)).astype(np.uint8), 2))
    cases.append((rng.randint(0, 256, size=(1, 3, 2, 1)).astype(np.uint8), 3))
    return cases


def images(tf, parse, decode):
    """[[tag, height, width, channels, pixels as a flat list], ...] of each picture; `parse` reads a Summary, `decode` a PNG file."""
    out = []
    for pixels, most in pictures():
        with tf.Graph().as_default():
            made = tf.summary.image("im", tf.constant(pixels), max_outputs=most)
            with tf.Session() as sess:
                found = parse(sess.run(made))
        rows = []
        for value in found.value:
            shown = np.asarray(decode(value.image.encoded_image_string))
            rows.append([value.tag, value.image.height, value.image.width, value.image.colorspace, shown.reshape(-1).tolist()])
        out.append(rows)
    return out


def events(tf, directory, metadata):
    """Writes an event file with everything a writer can write; gives nothing. `metadata` is an empty RunMetadata."""
    with tf.Graph().as_default() as graph:
        x = tf.constant(1.5, name="x")
        scalar, text = tf.summary.scalar("s", x), tf.summary.text("t", tf.constant("hello"))
        with tf.Session() as sess:
            one, two = sess.run([scalar, text])
    writer = tf.summary.FileWriter(directory, graph)
    writer.add_summary(one, 3)
    writer.add_summary(two, np.int64(4))
    writer.add_summary(two)
    writer.add_run_metadata(metadata, "step 3", 3)
    try:
        writer.add_run_metadata(metadata, "step 3", 4)
    except ValueError:
        writer.add_summary(one, 2**40)
    writer.add_graph(graph, 7)
    writer.close()
