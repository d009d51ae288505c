"""`tf.keras.preprocessing.sequence` and `tf.keras.utils.Sequence`: lists of numbers as arrays, word pairs, windows of series."""

import json
import random

import numpy as np


class Sequence:
    """The base of data in batches: a subclass tells how many there are in `__len__` and gives one in `__getitem__`."""

    def __getitem__(self, index):
        """One batch."""
        raise NotImplementedError

    def __len__(self):
        """How many batches there are."""
        raise NotImplementedError

    def on_epoch_end(self):
        """Called after every epoch."""

    def __iter__(self):
        """All batches, in order."""
        for i in range(len(self)):
            yield self[i]


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Lists of numbers (or of equal arrays) as one array [lists, maxlen, …].

    Args:
        sequences: a list of lists.
        maxlen: the length of all; by default that of the longest.
        dtype: of the array.
        padding, truncating: whether short lists are filled up, and long ones cut, at their beginning ("pre") or end ("post").
        value: what they are filled with.

    Raises ValueError for other words, for what is no list of lists, for entries of other shapes, and for a string as value where
    the dtype holds none.
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    lengths, sample_shape = [], None
    for x in sequences:
        if not hasattr(x, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {x}")
        lengths.append(len(x))
        if sample_shape is None and len(x):
            sample_shape = np.asarray(x).shape[1:]
    maxlen = (max(lengths) if lengths else 0) if maxlen is None else maxlen
    is_text = np.issubdtype(dtype, np.str_)
    if isinstance(value, str) and dtype is not object and not is_text:
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\nYou should set `dtype=object` for variable length "
            "strings."
        )
    made = np.full((len(lengths), maxlen, *(sample_shape or ())), value, dtype=dtype)
    for i, (row, x) in enumerate(zip(made, sequences)):
        if not len(x):
            continue
        if truncating not in ("pre", "post"):
            raise ValueError(f'Truncating type "{truncating}" not understood')
        kept = np.asarray(x[-maxlen:] if truncating == "pre" else x[:maxlen], dtype=dtype)
        if kept.shape[1:] != (sample_shape or ()):
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of sequence at position {i} is different from expected shape {sample_shape}"
            )
        if padding not in ("pre", "post"):
            raise ValueError(f'Padding type "{padding}" not understood')
        if padding == "post":
            row[: len(kept)] = kept
        else:
            row[len(row) - len(kept) :] = kept
    return made


def make_sampling_table(size, sampling_factor=1e-5):
    """How likely the word of each rank is kept, for words whose frequencies follow Zipf's law (Mikolov et al., arXiv:1310.4546)."""
    gamma, ranks = 0.577, np.arange(size, dtype=np.float64)
    ranks[0] = 1
    inverse = ranks * (np.log(ranks) + gamma) + 0.5 - 1.0 / (12.0 * ranks)
    share = sampling_factor * inverse
    return np.minimum(1.0, share / np.sqrt(share))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs of words for skip-gram models; gives (pairs, labels).

    Args:
        sequence: the words' numbers; 0 is no word.
        vocabulary_size: the largest number + 1.
        window_size: how far apart the words of a pair with label 1 are at most.
        negative_samples: how many pairs with a random second word, of label 0, there are for each such pair.
        shuffle: whether the pairs are shuffled.
        categorical: labels are [0, 1] and [1, 0] instead of 1 and 0.
        sampling_table: how likely each word is kept; see `make_sampling_table`.
        seed: of the shuffling.
    """
    pairs, labels = [], []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                pairs.append([word, sequence[j]])
                labels.append([0, 1] if categorical else 1)
    if negative_samples > 0:
        count, words = int(len(labels) * negative_samples), [p[0] for p in pairs]
        random.shuffle(words)
        pairs += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [[1, 0] if categorical else 0] * count
    if shuffle:
        seed = random.randint(0, 10**6) if seed is None else seed
        for one in (pairs, labels):
            random.seed(seed)
            random.shuffle(one)
    return pairs, labels


class TimeseriesGenerator(Sequence):
    """Windows of a series with the targets that follow them, in batches.

    Args:
        data: an array or list, time first.
        targets: as long as `data`: that at the end of a window is its.
        length: of a window, in steps.
        sampling_rate: the step between a window's entries.
        stride: the step between windows.
        start_index, end_index: the part of the data that is used.
        shuffle: whether windows begin at random.
        reverse: whether windows run backwards.
        batch_size: windows in a batch.

    Raises ValueError for targets of another length, and for a part that is too short for one window.
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
    ):
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while target length is {len(targets)}"
            )
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride, self.batch_size = sampling_rate, stride, batch_size
        self.start_index, self.end_index = start_index + length, len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse = shuffle, reverse
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no part of the sequence would "
                "be left to be used as current step."
            )

    def __len__(self):
        return (self.end_index - self.start_index + self.batch_size * self.stride) // (self.batch_size * self.stride)

    def __getitem__(self, index):
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1, ...], targets) if self.reverse else (samples, targets)

    def get_config(self):
        """The arguments as a dict that JSON can hold. Raises TypeError for data that it cannot."""
        data, targets = (x.tolist() if type(x).__module__ == "numpy" else x for x in (self.data, self.targets))
        try:
            texts = [json.dumps(x) for x in (data, targets)]
        except TypeError:
            raise TypeError(f"Data or targets not JSON Serializable: {type(data)}, {type(targets)}") from None
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return {"data": texts[0], "targets": texts[1], **{n: getattr(self, n) for n in names}}

    def to_json(self, **kwargs):
        """The class's name and `get_config` as JSON."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)
