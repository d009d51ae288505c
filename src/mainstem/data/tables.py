"""Datasets of tables: CSV files, databases, and batches of features from files of Examples."""

import csv
import glob

import numpy as np

from mainstem.base import dtypes
from mainstem.data import files, readers
from mainstem.data.dataset import Dataset
from mainstem.data.dataset_v1 import DatasetV1
from mainstem.data.nodes import apply, scalar
from mainstem.graph.spec import TensorSpec
from mainstem.surface import framework, parsing

_CSV_TYPES = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)


class _Csv:
    def __init__(
        self, filenames, record_defaults, compression_type=None, buffer_size=None, header=False, field_delim=",",
        use_quote_delim=True, na_value="", select_cols=None, exclude_cols=None,
    ):  # fmt: skip
        """
        Args:
            filenames: a name or several.
            record_defaults: for each column its dtype, when it is required, or the default ([0.5]) for a missing field.
            compression_type: "", "ZLIB" or "GZIP".
            buffer_size: kept, without effect.
            header: whether files begin with a line of names.
            field_delim, use_quote_delim: how fields are separated, and whether quotes have a meaning.
            na_value: what stands for a missing field, beside nothing.
            select_cols, exclude_cols: the sorted numbers of the columns that are read, or are not.

        While iterating InvalidArgumentError for records that do not fit.
        """
        if select_cols is not None and exclude_cols is not None:
            raise ValueError("Either select_cols or exclude_cols should be provided, but not both.")
        defaults = [_default(d, i) for i, d in enumerate(record_defaults)]
        spec = tuple(TensorSpec((), d.dtype) for d in defaults)
        kind, size = files._arguments(compression_type, buffer_size)
        names = framework.convert_to_tensor(filenames, dtype=dtypes.string, name="filenames")
        given = [
            names, kind, size, scalar(header, dtypes.bool, "header"), scalar(field_delim, dtypes.string, "field_delim"),
            scalar(use_quote_delim, dtypes.bool, "use_quote_delim"), scalar(na_value, dtypes.string, "na_value"),
            framework.constant_v1(select_cols or [], dtypes.int64, name="select_cols"), defaults,
            framework.constant_v1(exclude_cols or [], dtypes.int64, name="exclude_cols"),
        ]  # fmt: skip
        Dataset.__init__(self, apply("CSVDatasetV2", given, spec), spec)


def _default(value, i):
    if not hasattr(value, "_is_eager"):
        try:
            dtype = dtypes.as_dtype(value)
        except TypeError:
            return framework.convert_to_tensor(value, name=f"record_defaults_{i}")
        return framework.constant_v1([], dtype, name=f"record_defaults_{i}")
    return value


class CsvDataset(_Csv, Dataset):
    """The records of CSV files, each a tuple of scalars."""


class CsvDatasetV1(_Csv, DatasetV1):
    """The records of CSV files, each a tuple of scalars."""


class _Sql:
    def __init__(self, driver_name, data_source_name, query, output_types):
        """
        Args:
            driver_name: "sqlite".
            data_source_name: the file.
            query: an SQL query.
            output_types: the dtypes of its columns.
        """
        spec = tuple(TensorSpec((), t) for t in output_types)
        names = ("driver_name", driver_name), ("data_source_name", data_source_name), ("query", query)
        given = [scalar(v, dtypes.string, n) for n, v in names]
        Dataset.__init__(self, apply("SqlDataset", given, spec), spec)


class SqlDataset(_Sql, Dataset):
    """The rows that a query of a database gives, each a tuple of scalars."""


class SqlDatasetV1(_Sql, DatasetV1):
    """The rows that a query of a database gives, each a tuple of scalars."""


def _matching(pattern):
    patterns = [pattern] if isinstance(pattern, (str, bytes)) else list(pattern)
    found = sorted({f for p in patterns for f in glob.glob(p.decode() if isinstance(p, bytes) else p)})
    if not found:
        raise ValueError(f"No files match `file_pattern` {pattern}.")
    return found


def _columns_in(names, options):
    """The column names that stand in the first line of each file."""
    found = None
    for name in names:
        with readers.opened(name, options["compression_type"] or "") as f:
            line = next(iter(f), b"").decode()
        here = next(csv.reader([line], delimiter=options["field_delim"]))
        if found is not None and here != found:
            raise ValueError(f"Files do not have the same column names in the header row: {found} and {here}.")
        found = here
    return found


def _infer(names, count, chosen, options, rows):
    """Defaults of columns: the narrowest of int32, int64, float32, float64 and string that takes what files hold."""
    kinds = [None] * len(chosen)
    for name in names:
        with readers.opened(name, options["compression_type"] or "") as f:
            lines = (line.decode() for line in f)
            quoting = csv.QUOTE_MINIMAL if options["use_quote_delim"] else csv.QUOTE_NONE
            reader = csv.reader(lines, delimiter=options["field_delim"], quoting=quoting)
            if options["header"]:
                next(reader)
            for i, row in enumerate(reader):
                if rows is not None and i >= rows:
                    break
                if len(row) != count:
                    raise ValueError(
                        f"Problem inferring types: CSV row {row} has {len(row)} number of fields. Expected: {count}."
                    )
                kinds = [_wider(k, row[c], options["na_value"]) for k, c in zip(kinds, chosen)]
    made = []
    for k in kinds:
        dtype = dtypes.string if k is None else _CSV_ORDER[k]
        made.append(framework.constant_v1([""] if dtype is dtypes.string else [0], dtype))
    return made


_CSV_ORDER = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64, dtypes.string)


def _wider(kind, value, na_value):
    if value == na_value or value == "":
        return kind
    at = 0 if kind is None else kind
    while at < 4 and not _fits(value, _CSV_ORDER[at]):
        at += 1
    return at


def _fits(value, dtype):
    try:
        if dtype.is_integer:
            return dtype.min <= int(value) <= dtype.max
        return bool(-dtype.max <= float(value) <= dtype.max) or not np.isfinite(float(value))
    except ValueError:
        return False


def make_csv_dataset(
    file_pattern, batch_size, column_names=None, column_defaults=None, label_name=None, select_columns=None, field_delim=",",
    use_quote_delim=True, na_value="", header=True, num_epochs=None, shuffle=True, shuffle_buffer_size=10000, shuffle_seed=None,
    prefetch_buffer_size=None, num_parallel_reads=None, sloppy=False, num_rows_for_inference=100, compression_type=None,
    ignore_errors=False, encoding="utf-8",
):  # fmt: skip
    """Batches of CSV records as dicts of columns; with `label_name`, pairs (dict, labels).

    Names come from the files' first lines, dtypes from their first `num_rows_for_inference` rows, unless they are given. Raises
    ValueError for names, columns and labels that do not fit.
    """
    return _csv_dataset(CsvDataset, Dataset, **locals())


def make_csv_dataset_v1(
    file_pattern, batch_size, column_names=None, column_defaults=None, label_name=None, select_columns=None, field_delim=",",
    use_quote_delim=True, na_value="", header=True, num_epochs=None, shuffle=True, shuffle_buffer_size=10000, shuffle_seed=None,
    prefetch_buffer_size=None, num_parallel_reads=None, sloppy=False, num_rows_for_inference=100, compression_type=None,
    ignore_errors=False,
):  # fmt: skip
    """`make_csv_dataset` of TensorFlow 1."""
    return _csv_dataset(CsvDatasetV1, DatasetV1, **locals())


def _csv_dataset(reader, cls, file_pattern, batch_size, **options):
    names = _matching(file_pattern)
    columns = options["column_names"]
    if columns is None:
        if not options["header"]:
            raise ValueError("Expected `column_names` or `header` arg. Neither is provided.")
        columns = _columns_in(names, options)
    if len(columns) != len(set(columns)):
        raise ValueError("Cannot have duplicate column names.")
    chosen = _chosen(columns, options["select_columns"])
    defaults = options["column_defaults"]
    if defaults is None:
        defaults = _infer(names, len(columns), chosen, options, options["num_rows_for_inference"])
    elif len(defaults) != len(chosen):
        raise ValueError(f"{len(defaults)} `column_defaults` for {len(chosen)} columns.")
    shown, label = [columns[i] for i in chosen], options["label_name"]
    if label is not None and label not in shown:
        raise ValueError("`label_name` provided must be one of the columns.")
    select = chosen if options["select_columns"] is not None else None

    def read(name):
        made = reader(
            name, defaults, compression_type=options["compression_type"], header=options["header"],
            field_delim=options["field_delim"], use_quote_delim=options["use_quote_delim"], na_value=options["na_value"],
            select_cols=select,
        )  # fmt: skip
        return made.ignore_errors() if options["ignore_errors"] else made

    def named(*values):
        features = dict(zip(shown, values))
        return features if label is None else (features, features.pop(label))

    listed = cls.from_tensor_slices(names)
    if options["shuffle"]:
        listed = listed.shuffle(len(names), options["shuffle_seed"])
    parallel = options["num_parallel_reads"] or 1
    data = listed.interleave(read, parallel, 1)
    data = _epochs(data, options)
    data = data.batch(batch_size, drop_remainder=options["num_epochs"] is None).map(named)
    return data.prefetch(1 if options["prefetch_buffer_size"] is None else options["prefetch_buffer_size"])


def _chosen(columns, select):
    if select is None:
        return list(range(len(columns)))
    if all(isinstance(c, str) for c in select):
        unknown = [c for c in select if c not in columns]
        if unknown:
            raise ValueError(f"Column {unknown[0]} is not in the columns {columns}.")
        select = [columns.index(c) for c in select]
    select = sorted(select)
    if len(select) != len(set(select)) or select[0] < 0 or select[-1] >= len(columns):
        raise ValueError(f"Invalid `select_columns`: {select} of {len(columns)} columns.")
    return select


def _epochs(data, options):
    """The data shuffled and repeated as options say."""
    count, size, seed = options["num_epochs"], options["shuffle_buffer_size"], options["shuffle_seed"]
    if options["shuffle"]:
        return data.shuffle(size, seed).repeat(count)
    return data.repeat(count)


def make_batched_features_dataset(
    file_pattern, batch_size, features, reader=None, label_key=None, reader_args=None, num_epochs=None, shuffle=True,
    shuffle_buffer_size=10000, shuffle_seed=None, prefetch_buffer_size=None, reader_num_threads=None, parser_num_threads=None,
    sloppy_ordering=False, drop_final_batch=False,
):  # fmt: skip
    """Batches of parsed Examples as dicts of features; with `label_key`, pairs (dict, labels).

    Args:
        file_pattern: a pattern, or several, of files of serialized Examples.
        features: as for `tf.io.parse_example`.
        reader, reader_args: the dataset of a file's records, TFRecordDataset when None.

    Raises TypeError for a reader of queues, ValueError for a label that is no feature.
    """
    return _features(Dataset, files.TFRecordDataset, **locals())


def make_batched_features_dataset_v1(
    file_pattern, batch_size, features, reader=files.TFRecordDatasetV1, label_key=None, reader_args=None, num_epochs=None,
    shuffle=True, shuffle_buffer_size=10000, shuffle_seed=None, prefetch_buffer_size=None, reader_num_threads=None,
    parser_num_threads=None, sloppy_ordering=False, drop_final_batch=False,
):  # fmt: skip
    """`make_batched_features_dataset` of TensorFlow 1."""
    return _features(DatasetV1, files.TFRecordDatasetV1, **locals())


def _features(cls, default, file_pattern, batch_size, features, **options):
    kind, given = options["reader"] or default, options["reader_args"] or []
    label, threads = options["label_key"], options["reader_num_threads"] or 1
    listed = cls.list_files(file_pattern, shuffle=options["shuffle"], seed=options["shuffle_seed"])
    data = listed.interleave(lambda f: _records(kind(f, *given)), threads, 1)
    if label is not None and label not in features:
        raise ValueError(f"The `label_key` provided ({label!r}) must be one of the `features` keys.")
    data = _epochs(data, options)
    data = data.batch(batch_size, drop_remainder=options["drop_final_batch"] or options["num_epochs"] is None)
    data = data.map(lambda e: parsing.parse_example(e, features), options["parser_num_threads"] or 2)
    if label is not None:
        data = data.map(lambda f: ({k: v for k, v in f.items() if k != label}, f[label]))
    return data.prefetch(1 if options["prefetch_buffer_size"] is None else options["prefetch_buffer_size"])


def _records(dataset):
    """The records of a reader: the second of a pair (key, record)."""
    return dataset.map(lambda *pair: pair[-1]) if isinstance(dataset.element_spec, tuple) else dataset


def read_batch_features(
    file_pattern, batch_size, features, reader=files.TFRecordDatasetV1, reader_args=None, randomize_input=True, num_epochs=None,
    capacity=10000,
):  # fmt: skip
    """The next batch of parsed Examples as a dict of tensors, of an iterator that starts by itself."""
    data = make_batched_features_dataset_v1(
        file_pattern, batch_size, features, reader, reader_args=reader_args, shuffle=randomize_input, num_epochs=num_epochs,
        shuffle_buffer_size=capacity,
    )  # fmt: skip
    return data.make_one_shot_iterator().get_next()
