"""`slim.dataset_data_provider`: hands out the items of a data set that readers read."""

from mainstem.dialects.contrib.slim import parallel_reader
from mainstem.dialects.contrib.slim.data_provider import DataProvider


class DatasetDataProvider(DataProvider):
    """Reads a `Dataset` with several readers and decodes its records; `get` gives the tensors of items of one.

    Args:
        dataset: a `Dataset`.
        num_readers, reader_kwargs, shuffle, num_epochs, seed, scope: as for `parallel_read`.
        common_queue_capacity, common_queue_min: how many records wait at most, and at least when they are shuffled.
        record_key: the item that is the key of the record.

    Raises ValueError when the data set has an item of the name `record_key`.
    """

    def __init__(
        self,
        dataset,
        num_readers=1,
        reader_kwargs=None,
        shuffle=True,
        num_epochs=None,
        common_queue_capacity=256,
        common_queue_min=128,
        record_key="record_key",
        seed=None,
        scope=None,
    ):
        key, data = parallel_reader.parallel_read(
            dataset.data_sources,
            reader_class=dataset.reader,
            num_epochs=num_epochs,
            num_readers=num_readers,
            reader_kwargs=reader_kwargs,
            shuffle=shuffle,
            capacity=common_queue_capacity,
            min_after_dequeue=common_queue_min,
            seed=seed,
            scope=scope,
        )
        items = dataset.decoder.list_items()
        tensors = dict(zip(items, dataset.decoder.decode(data, items)))
        if record_key in tensors:
            raise ValueError(f"The item name used for `record_key` cannot also be used for a dataset item: {record_key}")
        super().__init__({**tensors, record_key: key}, num_samples=dataset.num_samples)
