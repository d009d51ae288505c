"""Records of CSV files."""

import contextlib
import csv
import io

import numpy as np

from mainstem.base import dtypes
from mainstem.data import readers
from mainstem.data.cursor import ElementCursor, cursor, invalid, text


@cursor("CSVDatasetV2")
class Csv(ElementCursor):
    """The fields of each record in the dtypes of the defaults; a default without elements makes its field required."""

    PLACE, unseen = ("file", "record"), True

    def setup(
        self, filenames, compression_type, buffer_size, header, field_delim, use_quote_delim, na_value, select_cols, record_defaults,
        exclude_cols,
    ):  # fmt: skip
        self.paths, self.kind, self.header = readers.paths(filenames), text(compression_type), bool(header)
        self.delimiter, self.quotes, self.missing = _one(field_delim), bool(use_quote_delim), _one(na_value).encode("latin1")
        self.select, self.exclude = np.asarray(select_cols).tolist(), frozenset(np.asarray(exclude_cols).tolist())
        self.types = self.recipe.attrs["output_types"]
        self.defaults = [None if np.size(d) == 0 else np.asarray(d).reshape(-1)[0] for d in record_defaults]
        self.file, self.record, self.rows_of = 0, 0, None

    def one(self):
        while self.file < len(self.paths):
            if self.rows_of is None:
                self.rows_of = self._records(self.paths[self.file])
            for fields in self.rows_of:
                self.record += 1
                return self._typed(fields)
            self.rows_of, self.file, self.record = None, self.file + 1, 0
        return None

    def _records(self, path):
        with contextlib.closing(readers.opened(path, self.kind)) as f:
            quoting = csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE
            lines = io.TextIOWrapper(f, "latin1", newline="") if hasattr(f, "readinto") else (v.decode("latin1") for v in f)
            reader = csv.reader(lines, delimiter=self.delimiter, quoting=quoting, strict=True)
            if self.header:
                next(reader, None)
            yield from (fields for fields in reader if fields)

    def _typed(self, fields):
        if self.select:
            if self.select[-1] >= len(fields):
                raise invalid(f"Expect {self.select[-1] + 1} fields but have {len(fields)} in record")
            fields = [fields[i] for i in self.select]
        elif self.exclude:
            fields = [f for i, f in enumerate(fields) if i not in self.exclude]
        if len(fields) != len(self.types):
            raise invalid(f"Expect {len(self.types)} fields but have {len(fields)} in record")
        return [self._field(i, f.encode("latin1")) for i, f in enumerate(fields)]

    def _field(self, i, value):
        dtype = self.types[i]
        if value == self.missing or (not value and dtype is not dtypes.string):
            if self.defaults[i] is None:
                raise invalid(f"Field {i} is required but missing in record!")
            return self.defaults[i]
        if dtype is dtypes.string:
            return value
        try:
            return dtype.as_numpy_dtype(int(value) if dtype.is_integer else float(value))
        except (ValueError, OverflowError):
            raise invalid(f"Field {i} in record is not a valid {dtype.name}: {value.decode('latin1')}") from None

    def restore(self, state):
        super().restore(state)
        if self.record:
            self.rows_of = self._records(self.paths[self.file])
            for _ in zip(range(self.record), self.rows_of):
                pass


def _one(value):
    value = np.asarray(value, object)[()]
    return value.decode("latin1") if isinstance(value, bytes) else value
