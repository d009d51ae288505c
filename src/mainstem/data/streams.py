"""Seeds and random numbers of datasets: TensorFlow's generators, number for number."""

import threading

import numpy as np

from mainstem.ops import philox


class Stream:
    """The 32-bit words of a Philox generator, one after the other; it knows its place."""

    def __init__(self, seed, seed2):
        self._state, self._words, self._start, self.at = philox.initial_state(seed, seed2), [], 0, 0

    def seek(self, at):
        """Goes to word `at` of the stream."""
        if at != self.at:
            self.at = at
        if not self._start <= at <= self._start + len(self._words):
            self._words, self._start = [], at - at % 4

    def take(self, n):
        """The next `n` words as a list."""
        i = self.at - self._start
        if i + n > len(self._words):
            return [self() for _ in range(n)]
        self.at += n
        return self._words[i : i + n]

    def words(self, n):
        """The next `n` words as a uint32 array."""
        return np.array(self.take(n), np.uint32)

    def __call__(self):
        i = self.at - self._start
        if i >= len(self._words):
            first = self.at // 4
            state = philox.host_skip(self._state, first)
            self._words, self._start = philox.host_words(state, 64 if first == 0 else 1024).tolist(), first * 4
            i = self.at - self._start
        self.at += 1
        return self._words[i]


class SeedGenerator:
    """Pairs of seeds, one for each iteration over a dataset that is shuffled anew every time. Safe for several threads."""

    def __init__(self, seed, seed2):
        self._stream, self._lock = Stream(seed, seed2), threading.Lock()

    @property
    def at(self):
        """How many seeds were given."""
        return self._stream.at

    def seek(self, at):
        """Goes to where so many seeds were given."""
        with self._lock:
            self._stream.seek(at)

    def next(self):
        """The next pair."""
        with self._lock:
            return self._stream(), self._stream()


def given(recipe, seed, seed2):
    """The two seeds of a recipe; both zero means new ones, which stay the recipe's."""
    seed, seed2 = int(seed), int(seed2)
    if seed or seed2:
        return seed, seed2
    if "seeds" not in recipe.shared:
        low, high = np.random.SeedSequence().generate_state(2, np.uint64)
        recipe.shared["seeds"] = int(low >> np.uint64(1)) or 1, int(high >> np.uint64(1))
    return recipe.shared["seeds"]
