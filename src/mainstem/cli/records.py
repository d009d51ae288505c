"""`mainstem records COMMAND …`: what TFRecord files hold, whether they are whole, and how they are made."""

import argparse
import os
import sys

from google.protobuf.message import DecodeError
from rich.progress import Progress

from mainstem.base.errors import DataLossError, OpError
from mainstem.formats import protos, record_index, record_scan
from mainstem.platform import remote  # noqa: F401 - paths such as s3:// lead somewhere
from mainstem.records import convert, reading

_SAMPLE = 1000  # records whose features `info` describes


def _shown(record, number):
    try:
        example = protos.Example.FromString(record)
    except DecodeError:
        return f"[{number}] {len(record)} bytes: {record[:60]!r}"
    lines = [f"[{number}]"]
    for name, feature in sorted(example.features.feature.items()):
        kind = feature.WhichOneof("kind")
        values = list(getattr(feature, kind).value) if kind else []
        text = ", ".join(str(v if not isinstance(v, bytes) or len(v) <= 60 else v[:57] + b"...") for v in values[:8])
        lines.append(f"  {name}: {kind} [{len(values)}] {text}{', …' * (len(values) > 8)}")
    return "\n".join(lines)


def features(records):
    """{feature: (dtype, fewest values, most values, in how many records)} of records that are Examples."""
    names = {"bytes_list": "string", "float_list": "float32", "int64_list": "int64", None: "none"}
    found = {}
    for record in records:
        try:
            example = protos.Example.FromString(record)
        except DecodeError:
            continue
        for name, feature in example.features.feature.items():
            kind = feature.WhichOneof("kind")
            size = len(getattr(feature, kind).value) if kind else 0
            dtype, low, high, count = found.get(name, (names[kind], size, size, 0))
            dtype = dtype if dtype == names[kind] else f"{dtype}, {names[kind]}"
            found[name] = dtype, min(low, size), max(high, size), count + 1
    return dict(sorted(found.items()))


def _damage(paths):
    """(number of whole records, [DataLossError]) of files, read through."""
    count, lost = 0, []
    for path in paths:
        for _ in record_scan.recover(path, record_scan.compression(path), lost.append):
            count += 1
    return count, lost


def _printed(error):
    print(error, file=sys.stderr)


def _records(args, key=None):
    """The records that a command line names; with --skip-damaged those that are whole, the damage printed."""
    return reading.Records(args.paths, key, damage=_printed if args.skip_damaged else None)


def _described(records):
    return features(records[i] for i in range(min(_SAMPLE, len(records))))


def _info(args):
    lost = []
    try:
        records = _records(args)
        count, described = len(records), _described(records)
    except DataLossError:  # counted and described without what is damaged, which is told below
        records = reading.Records(args.paths, damage=lost.append)
        count, described = len(records), _described(records)
    print(f"{count} records in {len(records.paths)} files, {sum(record_index.stat(p)[0] for p in records.paths):,} bytes")
    for name, (dtype, low, high, n) in described.items():
        print(f"  {name}: {dtype} [{low if low == high else f'{low}..{high}'}] in {n} records")
    return _told(lost)


def _told(lost):
    for error in lost:
        _printed(error)
    return 1 if lost else 0


def _show(args):
    records = _whole(args) if args.skip_damaged else reading.Records(args.paths)
    for number, record in zip(range(args.count), records):
        print(_shown(record, number))
    return 0


def _whole(args):
    for path in reading.shards(args.paths):
        for _, record in record_scan.recover(path, record_scan.compression(path), _printed):
            yield record


def _get(args):
    records = _records(args, args.key_feature)
    try:
        record = records[int(args.key)] if args.number else records[args.key]
    except LookupError:
        print(f"mainstem records: there is no record {args.key!r}", file=sys.stderr)
        return 1
    if args.raw:
        sys.stdout.buffer.write(record)
    else:
        print(_shown(record, args.key))
    return 0


def _verify(args):
    count, lost = _damage(reading.shards(args.paths))
    print(f"{count} records are whole, {len(lost)} stretches are damaged")
    return _told(lost)


def _index(args):
    for path in reading.shards(args.paths):
        index = record_index.build(path, key=args.key_feature)
        record_index.save(path, index)
        print(f"{record_index.index_path(path)}: {len(index)} records{f', keys by {index.key!r}' if index.key else ''}")
    return 0


def _made(call, args, *given):
    with Progress(transient=True) as bar:
        task = bar.add_task("shards")
        paths = call(
            *given, args.shards, args.compression, args.processes,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            damage=_printed if args.skip_damaged else None,
        )  # fmt: skip
    print(f"{len(paths)} files: {paths[0]}{' …' * (len(paths) > 1)}")
    return 0


def _convert(args):
    return _made(convert.convert, args, args.source, args.target)


def _shuffle(args):
    return _made(convert.shuffle, args, args.paths, args.target, args.seed)


def _parser():
    parser = argparse.ArgumentParser(prog="mainstem records", description=__doc__.split(": ", 1)[1])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run, help, paths="+"):
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(run=run)
        if paths:
            made.add_argument("paths", nargs=paths, metavar="PATH", help="TFRecord files or patterns")
        return made

    info = command("info", _info, "count, size, features, damage")
    show = command("show", _show, "print the first records")
    show.add_argument("-n", "--count", type=int, default=3)
    get = command("get", _get, "print one record, by key")
    get.add_argument("--key", required=True)
    get.add_argument("--number", action="store_true", help="the key is a record's number")
    get.add_argument("--key-feature", help="the feature that is the key (default: key)")
    get.add_argument("--raw", action="store_true", help="the record's bytes")
    command("verify", _verify, "read all records through and look at their checksums")
    index = command("index", _index, "write the index of each file anew")
    index.add_argument("--key-feature", help="with keys: the feature that holds them")
    what = "write a folder of images, a CSV, npz, HDF5, idx or TFRecord file as TFRecord files"
    made = command("convert", _convert, what, paths=None)
    made.add_argument("source")
    mixed = command("shuffle", _shuffle, "write records in a random order")
    mixed.add_argument("--seed", type=int, default=0)
    for one in (made, mixed):
        one.add_argument("--target", required=True, help="files become TARGET-00000-of-00010, …")
        one.add_argument("--shards", type=int, default=1)
        one.add_argument("--compression", choices=("", "GZIP", "ZLIB"), default="")
        one.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    for one in (info, show, get, made, mixed):
        one.add_argument("--skip-damaged", action="store_true", help="leave out what is damaged, and name it")
    return parser


def main(arguments):
    """Runs a command; gives 0, 1 when something is damaged or not there, 2 for a wrong command line."""
    try:
        args = _parser().parse_args(arguments)
    except SystemExit as e:
        return e.code
    try:
        return args.run(args)
    except (OpError, OSError, NotImplementedError) as e:
        print(f"mainstem records: {e}", file=sys.stderr)
        return 1
