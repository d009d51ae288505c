"""What grows in a random forest: a tree in arrays, and the statistics of its leaves, in NumPy; the ops on them are in `forest.py`.

Trees grow while examples come by (Colthurst, Sculley, Hendry, Nado, "TensorForest", 2016, after the extremely randomized trees of
Geurts et al. and the Hoeffding trees of Domingos and Hulten): an example that reaches a leaf with free places for candidates makes
one, a random feature with the example's own value as the threshold; every candidate counts what lies to its left and right; when
the leaf has seen enough, the best candidate splits it. A batch is counted at once, as if its examples came one after the other.
"""

import dataclasses
import math

import numpy as np

from mainstem.core import resource
from mainstem.ops.host import failed

LEAF = -1
BOOTSTRAPS = 50  # draws that tell whether the best candidate would stay the best


@dataclasses.dataclass(frozen=True)
class Growing:
    """How trees grow, from the attr `params` of the ops.

    Attributes:
        regression, outputs: whether values are learned, and how many; else the number of classes.
        features: how many there are.
        max_nodes: of a tree.
        candidates, split_after, least: splits that a leaf tries, examples that it sees before, what both sides have to weigh.
        finish, fraction, check_every: "basic", or how ("hoeffding", "bootstrap"), how surely and how often to split earlier.
        prune, prune_every: which share of the candidates ("hoeffding": the clearly worse ones) is given up, and how often.
        strict: whether `<` goes to the left, not `<=`.
        paths, checkpoint: whether predictions tell the way down; whether checkpoints hold what leaves have seen.
    """

    regression: bool
    outputs: int
    features: int
    max_nodes: int
    candidates: int
    split_after: float
    least: float = 1.0
    finish: str = "basic"
    fraction: float = 0.99
    check_every: float = 0
    prune: object = None
    prune_every: float = 0
    strict: bool = False
    paths: bool = False
    checkpoint: bool = False

    @property
    def width(self):
        """Of counts: a number for each class; of a regression the sums and the sums of squares of each output."""
        return 2 * self.outputs if self.regression else self.outputs

    def parts(self, labels, weights):
        """Pairs (column, amounts): what labels add to counts; the column is a number or one for each example."""
        if not self.regression:
            return [(labels.astype(np.int64), weights)]
        labels = labels.reshape(len(weights), -1)
        sums = [(k, weights * labels[:, k]) for k in range(self.outputs)]
        return sums + [(self.outputs + k, weights * labels[:, k] ** 2) for k in range(self.outputs)]

    def impurity(self, counts, weight):
        """Weight times Gini impurity, or the sum of squared errors: of counts [.., width] that weigh [..]."""
        safe = np.maximum(weight, 1e-12)
        if self.regression:
            sums, squares = counts[..., : self.outputs], counts[..., self.outputs :]
            return (squares - sums**2 / safe[..., None]).sum(-1)
        return weight - (counts**2).sum(-1) / safe


class Tree(resource.Resource):
    """A binary tree: per node a feature, a threshold, its left child (the right one is next to it; LEAF: none), and a leaf's counts.

    `feature` is None until the tree is made.
    """

    def __init__(self):
        self.size, self.feature, self.growing = 0, None, None

    def plant(self, growing):
        """Begins with one leaf that has seen nothing."""
        self.size, self.growing, capacity, width = 1, growing, 64, growing.width
        self.feature, self.threshold = np.zeros(capacity, np.int32), np.zeros(capacity, np.float32)
        self.left, self.equals = np.full(capacity, LEAF, np.int32), np.zeros(capacity, bool)
        self.weight, self.counts = np.zeros(capacity), np.zeros((capacity, width))

    def check(self):
        """Raises FailedPreconditionError when the tree is not made."""
        if self.feature is None:
            raise failed(f"Error while reading resource variable {self.name}: the tree was not initialized.")

    def reserve(self, size):
        """Makes room for so many nodes."""
        while size > len(self.left):
            for name in ("feature", "threshold", "left", "equals", "weight", "counts"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.full_like(old, LEAF if name == "left" else 0)]))

    def leaves(self, data, strict):
        """The leaf that each row of `data` [n, features] reaches, int32 [n]."""
        at = np.zeros(len(data), np.int32)
        rows = np.arange(len(data)) if self.left[0] != LEAF else np.empty(0, np.int64)
        while len(rows):
            node = at[rows]
            at[rows] = self.left[node] + ~goes_left(
                data[rows, self.feature[node]], self.threshold[node], self.equals[node], strict
            )
            rows = rows[self.left[at[rows]] != LEAF]
        return at

    def path(self, row, strict):
        """The nodes from the root to the leaf that a row reaches."""
        found = [0]
        while self.left[found[-1]] != LEAF:
            n = found[-1]
            right = not goes_left(row[self.feature[n]], self.threshold[n], self.equals[n], strict)
            found.append(int(self.left[n]) + right)
        return found

    def add(self, leaves, growing, labels, weights):
        """Counts examples in the leaves that they reached."""
        np.add.at(self.weight, leaves, weights)
        for column, amount in growing.parts(labels, weights):
            np.add.at(self.counts, (leaves, column), amount)

    def split(self, leaf, feature, threshold, equals, weights, counts):
        """Makes a leaf an inner node; `weights` [2] and `counts` [2, width] are what its children have seen. Gives the left child."""
        self.reserve(self.size + 2)
        left = self.size
        self.feature[leaf], self.threshold[leaf], self.equals[leaf], self.left[leaf] = feature, threshold, equals, left
        self.weight[left : left + 2], self.counts[left : left + 2] = weights, counts
        self.size += 2
        return left

    def predictions(self, leaves, growing):
        """What leaves say, float32 [n, outputs]: the shares of classes, or means; 0 where nothing was seen."""
        counts = self.counts[leaves][:, : growing.outputs]
        return (counts / np.maximum(self.weight[leaves], 1e-12)[:, None]).astype(np.float32)


def goes_left(value, threshold, equals, strict):
    """Whether a value goes to the left child."""
    below = value < threshold if strict else value <= threshold
    return np.where(equals, value == threshold, below)


class Statistics(resource.Resource):
    """What the growing leaves of a tree have seen, and their candidates for a split.

    A growing leaf has a slot, a row of the arrays: `made` candidates (feature, threshold, whether they ask for equality, whether they
    are `alive`), of each the weights [2] and counts [2, width] of both sides, and how many examples came, unweighted. `leaf_of` is
    LEAF in free slots.
    """

    def __init__(self):
        self.slot_of = None

    def begin(self, growing, leaves=(0,)):
        """Begins with leaves that have seen nothing."""
        self.slot_of, self.free, self.random = {}, [], None
        c, width = growing.candidates, growing.width
        self.leaf_of, self.made, self.seen = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64)
        self.checked, self.pruned = np.empty(0, np.int64), np.empty(0, np.int64)
        self.feature, self.threshold = np.empty((0, c), np.int32), np.empty((0, c), np.float32)
        self.equals, self.alive = np.empty((0, c), bool), np.empty((0, c), bool)
        self.weights, self.counts = np.empty((0, c, 2)), np.empty((0, c, 2, width))
        self.open(leaves)

    def seed(self, seed):
        """Sets random numbers going, unless they are: those of `seed`, 0 for the operating system's."""
        if self.random is None:
            self.random = np.random.default_rng(seed or None)

    def check(self):
        """Raises FailedPreconditionError when `begin` was not called."""
        if self.slot_of is None:
            raise failed(f"Error while reading resource variable {self.name}: the statistics were not initialized.")

    _ARRAYS = ("leaf_of", "made", "seen", "checked", "pruned", "feature", "threshold", "equals", "alive", "weights", "counts")

    def open(self, leaves):
        """Gives leaves a slot each."""
        for leaf in leaves:
            if not self.free:
                self._more()
            slot = self.free.pop()
            self.slot_of[leaf], self.leaf_of[slot] = slot, leaf
            self._clear(slot)

    def _more(self):
        have = len(self.leaf_of)
        for name in self._ARRAYS:
            old = getattr(self, name)
            more = np.zeros((max(4, have), *old.shape[1:]), old.dtype)
            setattr(self, name, np.concatenate([old, more]))
        self.leaf_of[have:] = LEAF
        self.free.extend(range(len(self.leaf_of) - 1, have - 1, -1))

    def _clear(self, slot):
        for name in self._ARRAYS[1:]:
            getattr(self, name)[slot] = 0

    def close(self, leaf):
        """Takes a leaf's slot away."""
        slot = self.slot_of.pop(leaf)
        self.leaf_of[slot] = LEAF
        self.free.append(slot)

    def process(self, data, categorical, labels, weights, leaves, growing):
        """Counts a batch [n, features] that reached `leaves`; gives the leaves that have seen enough, int32.

        `categorical` [features] tells which features are compared for equality.
        """
        number = np.full(int(leaves.max(initial=0)) + 1, LEAF)
        for leaf, slot in self.slot_of.items():
            if leaf < len(number):
                number[leaf] = slot
        slots = number[leaves]
        rows = np.flatnonzero((slots >= 0) & (weights > 0))  # what weighs nothing is not there
        slots = slots[rows]
        born, last = self._make_candidates(data, categorical, rows, slots, growing)
        self._count(data, labels, weights, rows, slots, born, growing)
        full = rows > last[slots]  # only examples that all candidates could count
        np.add.at(self.seen, slots[full & (self.made[slots] == growing.candidates)], 1)
        touched = np.unique(slots)
        self._prune(touched, growing)
        return np.array([self.leaf_of[s] for s in touched if self._is_done(s, growing)], np.int32)

    def _make_candidates(self, data, categorical, rows, slots, growing):
        """The first examples that reach a slot with free places make candidates.

        Gives from which row on each counts [slots, candidates], and the last row of each slot that made one, else -1.
        """
        order = np.argsort(slots, kind="stable")
        begins = np.r_[True, slots[order][1:] != slots[order][:-1]] if len(order) else np.empty(0, bool)
        places = np.arange(len(order))
        rank = np.empty(len(order), np.int64)
        rank[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
        place = self.made[slots] + rank
        makes = place < growing.candidates
        slot, place, row = slots[makes], place[makes], rows[makes]
        feature = self.random.integers(data.shape[1], size=len(row))
        self.feature[slot, place], self.threshold[slot, place] = feature, data[row, feature]
        self.equals[slot, place], self.alive[slot, place] = categorical[feature], True
        np.add.at(self.made, slot, 1)
        born = np.where(self.alive, -1, len(data))
        born[slot, place] = row
        last = np.full(len(self.made), -1)
        np.maximum.at(last, slot, row)
        return born, last

    def _count(self, data, labels, weights, rows, slots, born, growing):
        feature = self.feature[slots]
        left = goes_left(data[rows[:, None], feature], self.threshold[slots], self.equals[slots], growing.strict)
        at = (slots[:, None] * growing.candidates + np.arange(growing.candidates)) * 2 + ~left
        counted = rows[:, None] >= born[slots]
        at, weight = at[counted], np.broadcast_to(weights[rows][:, None], counted.shape)[counted]
        self.weights += np.bincount(at, weight, self.weights.size).reshape(self.weights.shape)
        if growing.regression:
            counts = self.counts.reshape(-1, growing.width)
            for column, amount in growing.parts(labels[rows], weights[rows]):
                amount = np.broadcast_to(amount[:, None], counted.shape)[counted]
                counts[:, column] += np.bincount(at, amount, len(counts))
            return
        column = np.broadcast_to(labels[rows].astype(np.int64)[:, None], counted.shape)[counted]
        found = np.bincount(at * growing.width + column, weight, self.counts.size)
        self.counts += found.reshape(self.counts.shape)

    def scores(self, slot, growing):
        """The impurity that each candidate of a slot would leave, inf for those that leave a side (nearly) empty."""
        fits = self.alive[slot] & (self.weights[slot].min(-1) >= growing.least)
        left = growing.impurity(self.counts[slot], self.weights[slot]).sum(-1)
        return np.where(fits, left, np.inf)

    def _is_done(self, slot, growing):
        if self.seen[slot] >= growing.split_after:
            return True
        due = growing.finish != "basic" and self.seen[slot] - self.checked[slot] >= growing.check_every
        if not due:
            return False
        self.checked[slot] = self.seen[slot]
        scores = self.scores(slot, growing)
        first, second = np.argsort(scores)[:2]
        return bool(np.isfinite(scores[second])) and self._dominates(slot, first, second, growing)

    def _dominates(self, slot, first, second, growing):
        n = self.weights[slot, first].sum()
        gap = (self.scores(slot, growing)[second] - self.scores(slot, growing)[first]) / n
        if growing.finish == "hoeffding":  # Gini impurity lies in 0 .. 1
            return gap > math.sqrt(-math.log(1.0 - growing.fraction) / (2 * n))
        wins = sum(self._drawn(slot, first, n, growing) < self._drawn(slot, second, n, growing) for _ in range(BOOTSTRAPS))
        return wins >= growing.fraction * BOOTSTRAPS

    def _drawn(self, slot, candidate, n, growing):
        """The impurity of a sample with replacement from what a candidate has counted."""
        counts = self.counts[slot, candidate].reshape(-1)
        drawn = self.random.multinomial(int(n), counts / counts.sum()).reshape(2, -1).astype(np.float64)
        return growing.impurity(drawn, drawn.sum(-1)).sum()

    def _prune(self, slots, growing):
        if growing.prune is None:
            return
        for slot in slots[self.seen[slots] - self.pruned[slots] >= growing.prune_every]:
            self.pruned[slot] = self.seen[slot]
            scores = self.scores(slot, growing)
            finite = np.flatnonzero(np.isfinite(scores))
            if not len(finite):
                continue
            if growing.prune == "hoeffding":
                n = self.weights[slot, finite[0]].sum()
                bound = n * math.sqrt(-math.log(1.0 - growing.fraction) / (2 * n))
                worst = finite[scores[finite] > scores.min() + bound]
            else:
                kept = len(finite) - int(len(finite) * growing.prune)
                worst = finite[np.argsort(scores[finite])[max(kept, 1) :]]
            self.alive[slot, worst] = False

    def grow(self, tree, finished, growing):
        """Splits leaves that have seen enough by their best candidates, while the tree may grow."""
        for leaf in finished.tolist():
            slot = self.slot_of.get(leaf)
            if slot is None:
                continue
            if tree.size + 2 > growing.max_nodes:
                return
            scores = self.scores(slot, growing)
            best = int(np.argmin(scores))
            if not np.isfinite(scores[best]):  # no candidate tells its examples apart: others get a chance
                self._clear(slot)
                continue
            left = tree.split(
                leaf, self.feature[slot, best], self.threshold[slot, best], self.equals[slot, best],
                self.weights[slot, best], self.counts[slot, best],
            )  # fmt: skip
            self.close(leaf)
            self.open([left, left + 1])
