"""Look-up tables that datasets fill."""

from mainstem.base import dtypes
from mainstem.data.transformations import assert_cardinality
from mainstem.graph.spec import TensorSpec
from mainstem.ops import dataset as ops
from mainstem.surface import tables
from mainstem.surface.framework import name_scope


class DatasetInitializer(tables.TableInitializerBase):
    """Fills a table with the elements of a dataset, pairs of a key and a value, two scalars.

    Raises ValueError for a dataset of other elements.
    """

    def __init__(self, dataset):
        spec = dataset.element_spec
        if not isinstance(spec, (tuple, list)) or len(spec) != 2:
            raise ValueError(_unfit(f"elements of the form {spec}"))
        for what, part in zip(("key", "value"), spec):
            if not isinstance(part, TensorSpec):
                raise ValueError(_unfit(f"non-Tensor {what}s of type {type(part)}"))
            if part.shape.rank not in (0, None):
                raise ValueError(_unfit(f"non-scalar {what} Tensors of rank {part.shape.rank}"))
        self.dataset = dataset
        super().__init__(*(part.dtype for part in spec))

    def initialize(self, table):
        """The operation that fills `table`. Raises TypeError when its dtypes are others."""
        self._fits(table)
        return tables.noted(ops.initialize_table_from_dataset(table.resource_handle, self.dataset._variant_tensor))


def _unfit(given):
    return (
        "Datasets used to initialize lookup tables must produce pairs (key, value) of scalar tensors. "
        f"The given dataset produces {given}."
    )


def table_from_dataset(
    dataset=None,
    num_oov_buckets=0,
    vocab_size=None,
    default_value=None,
    hasher_spec=tables.FastHashSpec,
    key_dtype=dtypes.string,
    name=None,
):
    """A table of the pairs (key, value) that a dataset gives.

    Args:
        dataset: its elements are two scalars.
        num_oov_buckets: unknown keys get so many further ids, by their hash; values must be int64 then.
        vocab_size: only so many pairs are taken, and there must be as many; None: all.
        default_value: of unknown keys, without buckets; None: -1.
        hasher_spec: how unknown keys are hashed.
        key_dtype: of keys that are hashed.
        name: of the operations.

    Raises ValueError or TypeError for arguments that do not fit.
    """
    if num_oov_buckets < 0:
        raise ValueError(f"`num_oov_buckets` must be greater than or equal to 0, got {num_oov_buckets}.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"`vocab_size` must be greater than 0, got {vocab_size}.")
    key_dtype = dtypes.as_dtype(key_dtype)
    if key_dtype != dtypes.string and not key_dtype.is_integer:
        raise TypeError(f"`key_dtype` must be an integer dtype or string, got {key_dtype!r}.")
    with name_scope(name, "string_to_index"):
        if vocab_size:
            dataset = dataset.take(vocab_size).apply(assert_cardinality(vocab_size))
        with name_scope(None, "hash_table"):
            table = tables.HashTable(DatasetInitializer(dataset), -1 if default_value is None else default_value)
        if num_oov_buckets:
            return tables.IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, key_dtype=key_dtype)
        return table


def index_table_from_dataset(
    dataset=None,
    num_oov_buckets=0,
    vocab_size=None,
    default_value=-1,
    hasher_spec=tables.FastHashSpec,
    key_dtype=dtypes.string,
    name=None,
):
    """A table from a dataset's elements, scalar keys, to their positions; see `table_from_dataset`."""
    numbered = dataset.enumerate().map(lambda number, key: (key, number))
    return table_from_dataset(numbered, num_oov_buckets, vocab_size, default_value, hasher_spec, key_dtype, name)
