"""Initializers of saved matrices under new vocabularies: run under TensorFlow 1.15 by `golden/record_layers.py`."""

import os

import numpy as np

WORDS = {
    "old_rows": "a b c d e",
    "new_rows": "e x a c y z",
    "old_columns": "p q r s",
    "new_columns": "s p new",
}


def prepare(tf, folder):
    """Writes a checkpoint and the vocabularies: {name: path}."""
    paths = {}
    for name, words in WORDS.items():
        paths[name] = os.path.join(folder, name)
        with open(paths[name], "w") as file:
            file.write("\n".join(words.split()) + "\n")
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("m", initializer=np.arange(20).reshape(5, 4).astype("f"))
        tf.get_variable("b", initializer=np.arange(4).reshape(4, 1).astype("f") + 100)
        tf.get_variable("v", initializer=np.arange(4).astype("f"))
        session.run(tf.global_variables_initializer())
        paths["checkpoint"] = tf.train.Saver().save(session, os.path.join(folder, "model"))
    return paths


def _rows(p):
    return {"old_row_vocab_file": p["old_rows"], "new_row_vocab_file": p["new_rows"]}


def _columns(p):
    return {"old_col_vocab_file": p["old_columns"], "new_col_vocab_file": p["new_columns"]}


def _minus(tf):
    return lambda shape, dtype=None, partition_info=None: tf.fill(shape, -1.0)


def _matrix(shape, rows, columns, parts=None, **how):
    def program(tf, p):
        how.setdefault("files", lambda p: dict(_rows(p), **_columns(p)))
        given = {k: v for k, v in how.items() if k != "files"}
        initializer = tf.contrib.framework.load_and_remap_matrix_initializer(
            p["checkpoint"], "m", rows, columns, initializer=_minus(tf), **dict(how["files"](p), **given)
        )
        partitioner = tf.fixed_size_partitioner(parts) if parts else None
        return tf.convert_to_tensor(tf.get_variable("made", shape, initializer=initializer, partitioner=partitioner))

    return program


def _named(function, shape, *arguments, **how):
    def program(tf, p):
        given = [p.get(a, a) if isinstance(a, str) else a for a in arguments]
        how.setdefault("initializer", _minus)
        initializer = getattr(tf.contrib.framework, function)(p["checkpoint"], *given, initializer=how["initializer"](tf))
        return tf.get_variable("made", shape, initializer=initializer)

    return program


def slot(tf, p):
    primary = tf.get_variable("primary", [6, 4], partitioner=tf.fixed_size_partitioner(2))
    made = []
    for part in primary:
        info = part._get_save_slice_info()
        offset = [int(n) for n in info.var_offset]
        own = tf.contrib.framework.load_variable_slot_initializer(
            p["checkpoint"], "m", _Part([6, 4], offset), 6, 4, initializer=_minus(tf), **_rows(p)
        )
        made.append(own(part.shape.as_list(), tf.float32, None))
    return tf.concat(made, 0)


class _Part:
    """A part of a variable as initializers are told of it."""

    def __init__(self, full_shape, var_offset):
        self.full_shape, self.var_offset = full_shape, var_offset

    def single_offset(self, shape):
        return next((o for o, n, whole in zip(self.var_offset, shape, self.full_shape) if n < whole), 0)


EMBEDDING, BIAS = "load_embedding_initializer", "load_linear_multiclass_bias_initializer"
PROGRAMS = {
    "rows and columns": _matrix([4, 3], 4, 3),
    "rows": _matrix([4, 4], 4, 4, files=_rows),
    "columns": _matrix([5, 3], 5, 3, files=_columns),
    "further ones": _matrix([5, 5], 4, 3, num_row_oov_buckets=1, num_col_oov_buckets=2),
    "fewer old rows": _matrix([4, 4], 4, 4, files=_rows, old_row_vocab_size=3),
    "few in memory": _matrix([4, 3], 4, 3, max_rows_in_memory=2),
    "in parts": _matrix([6, 4], 6, 4, parts=3, files=_rows),
    "in parts with further ones": _matrix([9, 4], 5, 4, parts=3, files=_rows, num_row_oov_buckets=4),
    "embedding": _named(EMBEDDING, [4, 4], "m", 4, 4, "old_rows", "new_rows"),
    "embedding with further ones": _named(EMBEDDING, [6, 4], "m", 4, 4, "old_rows", "new_rows", -1, 2),
    "bias": _named(BIAS, [3, 1], "b", 3, "old_columns", "new_columns"),
    "bias with further ones": _named(BIAS, [5, 1], "b", 3, "old_columns", "new_columns", 2),
    "slot": slot,
}
ERRORS = {
    "no files": _matrix([4, 4], 4, 4, files=lambda p: {}),
    "half of the rows": _matrix([4, 4], 4, 4, files=lambda p: {"old_row_vocab_file": p["old_rows"]}),
    "half of the columns": _matrix([4, 4], 4, 4, files=lambda p: {"new_col_vocab_file": p["old_rows"]}),
    "rank": _named(BIAS, [3], "v", 3, "old_columns", "new_columns"),
    "columns of another count": _matrix([4, 5], 4, 3),
    "too many rows": _matrix([9, 3], 4, 3),
    "no such matrix": _named(EMBEDDING, [4, 4], "zz", 4, 4, "old_rows", "new_rows"),
    "no such file": _named(EMBEDDING, [4, 4], "m", 4, 4, "nowhere", "new_rows"),
    "too few lines": _named(EMBEDDING, [9, 4], "m", 9, 4, "old_rows", "new_rows"),
}


def outcome(tf, program, paths):
    """The value that a program's variable starts with."""
    with tf.Graph().as_default(), tf.Session() as session:
        made = program(tf, paths)
        session.run(tf.global_variables_initializer())
        return session.run(made).tolist()


def failure(tf, program, paths):
    """The type of the error that a wrong program raises."""
    try:
        outcome(tf, program, paths)
    except Exception as e:
        return type(e).__name__
    return "none"


def kernels(tf):
    """The kernels that initializers with seeds give: {what: values}."""
    framework, made = tf.contrib.framework, {}
    rows = [("delta_orthogonal", [3, 3, 2, 2]), ("delta_orthogonal", [3, 2, 3]), ("orthogonal_1d", [3, 2, 2])]
    rows += [("orthogonal_1d", [1, 2, 3]), ("orthogonal_2d", [2, 2, 2, 3]), ("orthogonal_2d", [4, 4, 1, 2])]
    for name, shape in [*rows, ("orthogonal_3d", [3, 3, 3, 1, 2])]:
        with tf.Graph().as_default(), tf.Session() as session:
            kernel = getattr(framework, "convolutional_" + name)(gain=1.5, seed=5)(shape, tf.float32)
            made[f"{name} {shape}"] = session.run(kernel).tolist()
    return made


KERNEL_ERRORS = {
    "matrix": ("delta_orthogonal", [3, 3]),
    "filters": ("delta_orthogonal", [3, 3, 3, 2]),
    "sizes": ("orthogonal_2d", [2, 3, 2, 2]),
    "rank": ("orthogonal_2d", [3, 2, 2]),
    "filters of blocks": ("orthogonal_1d", [3, 3, 2]),
}
