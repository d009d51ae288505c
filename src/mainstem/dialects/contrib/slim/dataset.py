"""`slim.dataset.Dataset`: where records lie, how they are read and decoded, how many there are."""


class Dataset:
    """A description of a data set; further keyword arguments become attributes.

    Args:
        data_sources: paths or patterns of files.
        reader: a class of readers, e.g. `tf.TFRecordReader`.
        decoder: a `DataDecoder`.
        num_samples: the number of records.
        items_to_descriptions: a dict from items to what they are.
    """

    def __init__(self, data_sources, reader, decoder, num_samples, items_to_descriptions, **kwargs):
        self.__dict__.update(
            kwargs,
            data_sources=data_sources,
            reader=reader,
            decoder=decoder,
            num_samples=num_samples,
            items_to_descriptions=items_to_descriptions,
        )
