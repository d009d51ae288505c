"""Sets of TFRecord files as sequences: counted, reached by number, by slice and by key, written with their index.

    records = open_records("images/train-*")
    len(records), records[7], records[-1], records[2:10], records["images/train/0007"]

`Records` and `Writer` need no TensorFlow names and no graph; what they read and write are TensorFlow's files.
"""

from mainstem.records.reading import Records, open_records
from mainstem.records.writing import Writer

__all__ = ["Records", "Writer", "open_records"]
