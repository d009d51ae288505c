"""K-means as operations of a graph: `tf.contrib.factorization.KMeans`."""

import dataclasses

from mainstem.base import dtypes
from mainstem.base.shapes import TensorShape
from mainstem.ops import clustering, segment
from mainstem.ops import math as math_ops
from mainstem.surface import array, check, control_flow, index, linalg, math, nn, random, reduce, variables, while_loop
from mainstem.surface.framework import constant, control_dependencies, convert_to_tensor, group, identity, no_op

SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE = "squared_euclidean", "cosine"
RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT = "random", "kmeans_plus_plus", "kmc2"
FEWEST = 1e-6  # a cluster without points gets a center at 0


@dataclasses.dataclass
class _State:
    """The variables: centers [number, size], whether all are there, and for small batches what is gathered until the next step.

    `gathered` is `centers` itself where every batch is a step.
    """

    centers: object
    initialized: object
    gathered: object
    counts: object = None
    until_step: object = None


class KMeans:
    """Operations that find clusters of points: the usual steps over all of them, or steps over small batches (Sculley, 2010).

    Args:
        inputs: points as a float32 tensor [n, size], or a list of such.
        num_clusters: how many clusters.
        initial_clusters: "random" points, "kmeans_plus_plus" or "kmc2"; or the centers themselves as a tensor or array; or a
            function of (inputs, number) that gives them.
        distance_metric: "squared_euclidean" or "cosine".
        use_mini_batch: whether a step sees a part of the points only, and moves centers by the mean of all seen so far.
        mini_batch_steps_per_iteration: after how many such steps centers move and their counts begin anew.
        random_seed: of the first centers.
        kmeans_plus_plus_num_retries: candidates beside the first; see `clustering.kmeans_plus_plus_initialization`.
        kmc2_chain_length: points that "kmc2" looks at for a center.

    Raises ValueError for another name.
    """

    def __init__(
        self, inputs, num_clusters, initial_clusters=RANDOM_INIT, distance_metric=SQUARED_EUCLIDEAN_DISTANCE,
        use_mini_batch=False, mini_batch_steps_per_iteration=1, random_seed=0, kmeans_plus_plus_num_retries=2,
        kmc2_chain_length=200,
    ):  # fmt: skip
        names = (RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT)
        if isinstance(initial_clusters, str) and initial_clusters not in names:
            raise ValueError(f"Unsupported initialization algorithm '{initial_clusters}'")
        if distance_metric not in (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE):
            raise ValueError(f"Unsupported distance metric '{distance_metric}'")
        self._inputs = [convert_to_tensor(x) for x in (inputs if isinstance(inputs, list) else [inputs])]
        self._num_clusters, self._initial_clusters = num_clusters, initial_clusters
        self._cosine, self._mini_batch = distance_metric == COSINE_DISTANCE, use_mini_batch
        self._steps, self._seed = int(mini_batch_steps_per_iteration), random_seed
        self._retries, self._chain = kmeans_plus_plus_num_retries, kmc2_chain_length

    def training_graph(self):
        """Adds the operations; gives six things, of which the first three are tuples with a tensor for each of the inputs.

        Returns (distances of all points to all centers [n, number], the nearest center of each point [n], its distance [n], the
        variable that tells whether all centers are there, an operation that chooses first centers as far as the points fed suffice,
        an operation that makes one step).
        """
        number = self._number()
        state = self._variables(number)
        init = self._first_centers(state, number)
        points = [self._normalized(x) for x in self._inputs]
        centers = self._normalized(state.centers)
        distances, indices, nearest = [], [], []
        for x in points:
            distances.append(self._distances(x, centers))
            found, distance = clustering.nearest_neighbors(x, self._normalized(centers), constant(1, dtypes.int64))
            nearest.append(array.squeeze(distance * 0.5 if self._cosine else distance, [-1]))
            indices.append(array.squeeze(found, [-1]))
        step = self._batch_step if self._mini_batch else self._full_step
        return tuple(distances), tuple(indices), tuple(nearest), state.initialized, init, step(points, indices, state, number)

    def _normalized(self, x):
        return nn.l2_normalize(x, 1) if self._cosine else convert_to_tensor(x)

    def _distances(self, x, centers):
        if self._cosine:
            return 1.0 - linalg.matmul(x, centers, transpose_b=True)
        squares = reduce.reduce_sum(math_ops.square(x), 1, keepdims=True)
        across = array.expand_dims(reduce.reduce_sum(math_ops.square(centers), 1), 0)
        return squares - 2.0 * linalg.matmul(x, centers, transpose_b=True) + across

    def _number(self):
        given = self._initial_clusters
        if isinstance(given, str) or callable(given):
            return convert_to_tensor(self._num_clusters, dtypes.int32)
        return array.shape(convert_to_tensor(given, dtypes.float32))[0]

    def _variables(self, number):
        empty = constant([], dtypes.float32)
        centers = variables.Variable(empty, name="clusters", validate_shape=False)
        initialized = variables.Variable(False, name="initialized")
        if not self._mini_batch:
            return _State(centers, initialized, centers)
        if self._steps <= 1:
            return _State(centers, initialized, centers, variables.Variable(array.ones([number], dtypes.int64)))
        gathered = variables.Variable(empty, name="clusters_updated", validate_shape=False)
        until = variables.Variable(self._steps, name="update_in_steps", dtype=dtypes.int64)
        return _State(centers, initialized, gathered, variables.Variable(array.zeros([number], dtypes.int64)), until)

    def _first_centers(self, state, number):
        have = array.shape(state.centers)[0]
        missing = number - have

        def complete():
            with control_dependencies([check.assert_equal_v1(state.initialized, True)]):
                return identity(constant(True))

        def choose():
            new = self._normalized(self._chosen(missing, have, state.centers))
            old = array.reshape(state.centers, [have, array.shape(new)[1]])  # an empty vector has no columns
            all_of = array.concat([old, new], 0)
            held = variables.assign(state.centers, all_of, validate_shape=False)
            if state.gathered is not state.centers:
                held = variables.assign(state.gathered, held, validate_shape=False)
            done = math_ops.equal(array.shape(held)[0], number)
            return control_flow.cond_v1(done, lambda: variables.assign(state.initialized, True), lambda: constant(False))

        return control_flow.cond_v1(math_ops.equal(missing, 0), complete, choose)

    def _chosen(self, missing, have, centers):
        """New centers [at most `missing`, size]."""
        points, given = array.concat(self._inputs, 0), self._initial_clusters
        if callable(given):
            return given(self._inputs, self._num_clusters)
        if not isinstance(given, str):
            return convert_to_tensor(given, dtypes.float32)
        count = array.shape(points)[0]
        if given == RANDOM_INIT:
            return control_flow.cond_v1(
                math_ops.less_equal(count, missing), lambda: points, lambda: self._random(points, missing, count)
            )
        points = self._normalized(points)
        if given == KMEANS_PLUS_PLUS_INIT:
            return clustering.kmeans_plus_plus_initialization(
                points, math.cast(missing, dtypes.int64), self._seed, self._retries
            )
        return self._from_chains(points, missing, have, centers)

    def _from_chains(self, points, missing, have, centers):
        """K-MC2: each new center is the end of a Markov chain over points drawn at random."""
        count, size = array.shape_v1(points)[0], array.shape_v1(points)[1]
        rows = lambda n: index.gather(points, self._rows(n, count))  # noqa: E731 - of the points
        first = math_ops.equal(have, 0)
        start = control_flow.cond_v1(first, lambda: rows(1), lambda: array.reshape(centers, [have, size]))

        def more(found):
            candidates = rows(self._chain)
            _, distances = clustering.nearest_neighbors(candidates, found, constant(1, dtypes.int64))
            at = clustering.kmc2_chain_initialization(array.squeeze(distances, [-1]), self._seed)
            return [array.concat([found, index.gather(candidates, array.expand_dims(at, 0))], 0)]

        wanted = math.cast(missing, dtypes.int32) + have
        found = while_loop.while_loop_v1(
            lambda found: math_ops.less(array.shape_v1(found)[0], wanted), more, [start],
            shape_invariants=[TensorShape([None, None])], back_prop=False,
        )  # fmt: skip
        return found[have:]

    def _rows(self, count, below):
        return random.random_uniform(array.reshape(count, [-1]), 0, math.cast(below, dtypes.int64), dtypes.int64, self._seed)

    def _random(self, points, missing, count):
        return index.gather(points, self._rows(missing, count))

    def _full_step(self, points, indices, state, number):
        sums, counts = _sums(points, indices, number)
        means = sums / array.expand_dims(math.cast(counts, dtypes.float32) + FEWEST, 1)
        return variables.assign(state.centers, self._normalized(means))

    def _counted_step(self, state):
        """Moves the centers and begins to count anew when enough batches were seen; gives the operation that does."""

        def move():
            moved = variables.assign(state.centers, state.gathered.value(), validate_shape=False)
            with control_dependencies([moved, variables.assign(state.counts, array.zeros_like(state.counts.value()))]):
                return variables.assign(state.until_step, self._steps - 1)

        wait = lambda: variables.assign_sub(state.until_step, 1)  # noqa: E731 - the other branch
        return control_flow.cond_v1(math_ops.less_equal(state.until_step, 0), move, wait)

    def _batch_step(self, points, indices, state, number):
        begun = no_op() if state.until_step is None else self._counted_step(state)
        with control_dependencies([begun]):
            sums, new = _sums(points, indices, number)
            counts = state.counts.value() + new
            moved = sums - array.expand_dims(math.cast(new, dtypes.float32), 1) * state.gathered.value()
            share = math_ops.reciprocal(math.cast(math_ops.maximum(counts, 1), dtypes.float32))
            moved = moved * array.expand_dims(share, 1)
            changes = [variables.assign_add(state.counts, new), variables.assign_add(state.gathered, moved)]
        return group(begun, *changes)


def _sums(points, indices, number):
    """(sums of the points of each cluster [number, size], how many there are [number], int64), over all inputs."""
    sums = [segment.unsorted_segment_sum(x, i, number) for x, i in zip(points, indices)]
    counts = [segment.unsorted_segment_sum(array.ones_like(i), i, number) for i in indices]
    return reduce.add_n(sums), reduce.add_n(counts)
