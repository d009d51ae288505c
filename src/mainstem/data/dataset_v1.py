"""`tf.data` of TensorFlow 1: datasets with iterators of graphs, and the names that went with version 2."""

from mainstem.base import dtypes
from mainstem.data import iterators, structure
from mainstem.data.dataset import Dataset
from mainstem.data.nodes import apply
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.spec import TensorSpec
from mainstem.surface import framework

# what TensorFlow's optimizer does where it is not told anything; of these, only the last can be seen in the elements
_OPTIMIZATIONS = ["map_and_batch_fusion", "noop_elimination", "shuffle_and_repeat_fusion"]


class DatasetV1(Dataset):
    """`tf.data.Dataset` of TensorFlow 1."""

    def __init__(self, variant_tensor=None, element_spec=None):
        super().__init__(variant_tensor, element_spec)

    @property
    def output_types(self):
        """The dtypes of an element."""
        return structure.legacy_types(self._element_spec)

    @property
    def output_shapes(self):
        """The shapes of an element."""
        return structure.legacy_shapes(self._element_spec)

    @property
    def output_classes(self):
        """The classes of an element's leaves."""
        return structure.legacy_classes(self._element_spec)

    def make_one_shot_iterator(self):
        """An iterator that starts by itself; see `iterators.make_one_shot`."""
        return iterators.make_one_shot(self)

    def make_initializable_iterator(self, shared_name=None):
        """An iterator that its `initializer` starts; see `iterators.make_initializable`."""
        return iterators.make_initializable(self, shared_name)

    def _for_iterator(self):
        """The variant tensor as TensorFlow 1.15 gives it to iterators, behind the nodes of its optimizer."""
        configs, names = (
            ["map_vectorization:use_choose_fastest:false"],
            framework.constant_v1(_OPTIMIZATIONS, dtypes.string, name="optimizations"),
        )
        made = apply("OptimizeDataset", [self._variant_tensor, names], self._element_spec, optimization_configs=configs)
        return apply("ModelDataset", [made], self._element_spec)

    @classmethod
    def from_sparse_tensor_slices(cls, sparse_tensor):
        """The rows of a rank-N SparseTensor, each as its three components. Raises TypeError for anything else."""
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(f"`sparse_tensor` must be a `tf.SparseTensor` object. Was {sparse_tensor}.")
        rank = sparse_tensor.shape.rank
        rank = None if rank is None else rank - 1
        parts = ([None, rank], dtypes.int64), ([None], sparse_tensor.dtype), ([rank], dtypes.int64)
        spec = tuple(TensorSpec(s, t) for s, t in parts)
        return cls._of(apply("SparseTensorSliceDataset", sparse_tensor._nest_parts(), spec), spec)

    def map_with_legacy_function(self, map_func, num_parallel_calls=None):
        """`map`."""
        return self.map(map_func, num_parallel_calls)

    def filter_with_legacy_function(self, predicate):
        """`filter`."""
        return self.filter(predicate)

    def _as_serialized_graph(self, *args, **kwargs):
        raise NotImplementedError("Dataset._as_serialized_graph is not implemented.")

    def __repr__(self):
        return f"<DatasetV1Adapter shapes: {self.output_shapes}, types: {self.output_types}>"

    __str__ = __repr__


DatasetV1._family = DatasetV1
Dataset._for_iterator = lambda self: self._variant_tensor
structure.register_classes(Dataset, iterators.Optional)


def get_output_types(dataset_or_iterator):
    """The dtypes of an element of a dataset or iterator."""
    return structure.legacy_types(dataset_or_iterator.element_spec)


def get_output_shapes(dataset_or_iterator):
    """The shapes of an element of a dataset or iterator."""
    return structure.legacy_shapes(dataset_or_iterator.element_spec)


def get_output_classes(dataset_or_iterator):
    """The classes of an element's leaves of a dataset or iterator."""
    return structure.legacy_classes(dataset_or_iterator.element_spec)


def make_one_shot_iterator(dataset):
    """An iterator that starts by itself."""
    return iterators.make_one_shot(dataset)


def make_initializable_iterator(dataset, shared_name=None):
    """An iterator that its `initializer` starts."""
    return iterators.make_initializable(dataset, shared_name)
