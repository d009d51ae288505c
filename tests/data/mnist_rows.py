"""Programs on a small MNIST: run under the real TensorFlow by `golden/record_mnist.py`, under Mainstem by `test_mnist.py`."""

import gzip
import os
import tempfile

import numpy as np

FILES = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]


def images(count):
    return (np.arange(count * 6) * 7 % 256).astype(np.uint8).reshape(count, 3, 2)


def labels(count):
    return (np.arange(count) % 10).astype(np.uint8)


def idx(array):
    head = (0x800 | array.ndim).to_bytes(4, "big") + b"".join(int(n).to_bytes(4, "big") for n in array.shape)
    return head + array.tobytes()


def write(folder, train=12, test=4):
    """The four files in a folder."""
    for name, array in zip(FILES, [images(train), labels(train), images(test), labels(test)]):
        with gzip.open(os.path.join(folder, name), "wb") as f:
            f.write(idx(array))


def batches(data, sizes, **options):
    out = []
    for size in sizes:
        x, y = data.next_batch(size, **options)
        state = [data.epochs_completed, data.num_examples]
        out.append([np.round(np.sum(x, axis=tuple(range(1, np.ndim(x)))), 4).tolist(), np.asarray(y).tolist(), state])
    return out


def described(sets):
    return [
        [list(d.images.shape), str(d.images.dtype), list(d.labels.shape), str(d.labels.dtype), d.num_examples] for d in sets
    ]


def outcomes(tf, mnist):
    """What each program gives, as JSON."""
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        write(folder)

        def read(**options):
            return mnist.read_data_sets(folder, **options)

        out["seeded"] = batches(read(validation_size=2, seed=7).train, [4, 4, 4, 5, 5])
        out["order kept"] = batches(read(validation_size=2).train, [4, 4, 4, 5], shuffle=False)
        out["one-hot"] = batches(read(validation_size=2, one_hot=True, seed=3).train, [3, 3])
        out["large batch"] = batches(read(validation_size=7, seed=3).train, [3, 12, 4])
        np.random.seed(1)
        out["kinds"] = described(read(validation_size=3, seed=1))
        out["kinds of pixels"] = described(read(validation_size=0, dtype=tf.uint8, reshape=False, one_hot=True, seed=1))
        tf.compat.v1.set_random_seed(5)
        out["graph's seed"] = batches(read(validation_size=2).train, [10, 10])
        fake = read(fake_data=True, one_hot=True)
        out["fake"] = [
            fake.train.num_examples,
            np.shape(fake.test.next_batch(2, fake_data=True)[0]),
            fake.train.next_batch(2, True)[1],
        ]
        f = read(validation_size=2)
        out["fields"] = [list(f._fields), len(f)]
    out["dense_to_one_hot"] = mnist.dense_to_one_hot(np.array([1, 0, 2]), 3).tolist()
    return out
