"""The public names of `tf.contrib.factorization`."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib.factorization import kmeans

_NAMES = "KMeans COSINE_DISTANCE SQUARED_EUCLIDEAN_DISTANCE RANDOM_INIT KMEANS_PLUS_PLUS_INIT"

for name in _NAMES.split():
    v1(getattr(kmeans, name), f"contrib.factorization.{name}")
    v1(getattr(kmeans, name), f"contrib.factorization.python.ops.clustering_ops.{name}")
