"""`tf.gfile`: the v1 functions (`Exists`, `MakeDirs`, …), the v2 ones of `tf.io.gfile`, and `GFile`.

A path may lie on this machine, or behind a scheme (`memory://`, `s3://`, `gs://` …): see `platform/remote.py`.
"""

import errno
import functools
import os
from dataclasses import dataclass

from mainstem.base import errors
from mainstem.formats import stores
from mainstem.platform import remote


def _raising(fn):
    """Turns Python's file errors into TensorFlow's."""

    @functools.wraps(fn)
    def wrapped(*args, **kwargs):
        try:
            return fn(*args, **kwargs)
        except FileNotFoundError as e:
            raise errors.NotFoundError(None, None, f"{e.filename}; No such file or directory") from None
        except FileExistsError as e:
            raise errors.AlreadyExistsError(None, None, f"{e.filename}; File exists") from None
        except PermissionError as e:
            raise errors.PermissionDeniedError(None, None, f"{e.filename}; Permission denied") from None
        except OSError as e:
            kind = errors.UnavailableError if e.errno == errno.EIO else errors.FailedPreconditionError
            raise kind(None, None, f"{e.filename}; {e.strerror}") from None

    return wrapped


class GFile:
    """A file opened lazily, so that a missing one is reported where it is read. Modes: r, w, a, with b and + .

    Text by default; bytes with "b" in the mode. Reading and writing have places of their own, as in TensorFlow: the first write
    of "r+" or "w+" empties the file. Raises `tf.errors.NotFoundError` for a missing file.
    """

    def __init__(self, name, mode="r"):
        if set(mode) - set("rwab+") or not set(mode) & set("rwa"):
            raise errors.InvalidArgumentError(None, None, f"mode is not 'r' or 'w' or 'a': {mode!r}")
        self._name, self._mode, self._reader, self._writer = name, mode, None, None

    @property
    def name(self):
        """The path, as it was given."""
        return self._name

    @property
    def mode(self):
        """The mode, as it was given."""
        return self._mode

    @_raising
    def _readable(self):
        if self._reader is None:
            if "r" not in self._mode and "+" not in self._mode:
                raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
            self._reader = stores.opened(self._name)
        return self._reader

    @_raising
    def _writable(self):
        if self._writer is None:
            if self._mode.rstrip("b") == "r" or self._mode == "br":
                raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
            old = b""
            if "a" in self._mode and not stores.is_remote(self._name):
                self._writer = open(stores.text(self._name), "ab")  # noqa: SIM115
                return self._writer
            if "a" in self._mode and stores.isfile(self._name):  # objects do not grow: they are written anew
                with stores.opened(self._name) as f:
                    old = f.read()
            self._writer = stores.opened(self._name, "wb")
            self._writer.write(old)
        return self._writer

    def _shown(self, content):
        return content if "b" in self._mode else content.decode("utf-8")

    @_raising
    def read(self, n=-1):
        """The next `n` bytes, or all that is left; as text unless the mode has a "b"."""
        return self._shown(self._readable().read(n))

    @_raising
    def readline(self):
        """The next line with its end, "" after the last."""
        return self._shown(self._readable().readline())

    @_raising
    def readlines(self):
        """All lines that are left, with their ends."""
        return [self._shown(line) for line in self._readable().readlines()]

    @_raising
    def write(self, file_content):
        """Writes text or bytes, whatever the mode. Raises TypeError for anything else."""
        if isinstance(file_content, str):
            file_content = file_content.encode("utf-8")
        elif not isinstance(file_content, (bytes, bytearray, memoryview)):
            raise TypeError(f"{self._name}: text or bytes are written. Got {type(file_content).__name__}.")
        self._writable().write(file_content)

    @_raising
    def seek(self, offset=None, whence=0, position=None):
        """Moves reading to `offset` bytes from the start (whence 0), here (1) or the end (2).

        Raises InvalidArgumentError for another whence and a place before the start, OutOfRangeError for one past the end.
        """
        offset = position if offset is None else offset
        if offset is None:
            raise TypeError("seek(): offset argument required")
        file = self._readable()
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError(None, None, f"seek: 'whence' must be 0, 1 or 2. Got {whence}.")
        here, end = file.tell(), self.size()
        target = offset + (0, here, end)[whence]
        if target < 0:
            raise errors.InvalidArgumentError(None, None, f"{self._name}: {target} lies before the start.")
        if target > end:
            raise errors.OutOfRangeError(None, None, f"{self._name}: {target} lies past the end at {end}.")
        file.seek(target)

    def tell(self):
        """The place of reading, or of writing where nothing is read."""
        return self._writable().tell() if "r" not in self._mode and self._reader is None else self._readable().tell()

    @_raising
    def size(self):
        """The length of the file in bytes, as far as it is written."""
        return stores.store(self._name).size(stores.text(self._name))

    def seekable(self):
        """True."""
        return True

    def flush(self):
        """Hands what was written to the operating system; a file of a store appears with `close`."""
        if self._writer is not None:
            self._writer.flush()

    @_raising
    def close(self):
        """Ends reading and writing. A second call does nothing; the next read or write opens the file again."""
        reader, writer, self._reader, self._writer = self._reader, self._writer, None, None
        for file in (reader, writer):
            if file is not None:
                file.close()

    def __enter__(self):
        if "r" not in self._mode:
            self._writable()  # an empty file is made even when nothing is written
        return self

    def __exit__(self, *exc):
        self.close()

    def __iter__(self):
        return self

    def next(self):
        """The next line. Raises StopIteration after the last."""
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    __next__ = next


class FastGFile(GFile):
    """`GFile` under its older name."""


Open = GFile


@dataclass
class FileStatistics:
    """Length in bytes, modification time in nanoseconds, and whether it is a directory."""

    length: int
    mtime_nsec: int
    is_directory: bool


def _at(path):
    """The store of a path, and the path as it takes it."""
    return stores.store(path), stores.text(path)


@_raising
def exists_v2(path):
    """Whether a file or directory is there."""
    return stores.exists(path)


@_raising
def isdir_v2(path):
    """Whether `path` is a directory."""
    return stores.isdir(path)


@_raising
def listdir_v2(path):
    """Names in a directory. Raises NotFoundError."""
    try:
        return stores.listdir(path)
    except NotADirectoryError:
        raise errors.NotFoundError(None, None, f"{path}; it is not a directory") from None


@_raising
def mkdir_v2(path):
    """Makes one directory, unless it is there; its parent must be there."""
    store, path = _at(path)
    if not store.isdir(path):
        store.mkdir(path)


@_raising
def makedirs_v2(path):
    """Makes a directory and its parents; fine when it is there."""
    store, path = _at(path)
    if store.isfile(path):
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", path)
    store.makedirs(path)


@_raising
def remove_v2(path):
    """Deletes a file."""
    stores.unlink(path)


@_raising
def rmtree_v2(path):
    """Deletes a directory with all it holds, or a file."""
    store, path = _at(path)
    if store.isfile(path):
        store.unlink(path)
    else:
        store.rmtree(path)


@_raising
def copy_v2(src, dst, overwrite=False):
    """Copies a file, from one store to another too.

    Raises AlreadyExistsError unless `overwrite`, InvalidArgumentError for a directory.
    """
    (source, src), (target, dst) = _at(src), _at(dst)
    if source.isdir(src):
        raise errors.InvalidArgumentError(None, None, f"{src}; a directory cannot be copied as a file")
    _check_target(target, dst, overwrite)
    if target.isdir(dst):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", dst)
    if source is target:
        source.copy(src, dst)
    elif target is stores.LOCAL:
        source.get(src, dst)
    else:
        with stores.Copies() as copies:
            target.put(copies.local(src), dst)


def _check_target(store, path, overwrite):
    if not overwrite and store.exists(path):
        raise FileExistsError(errno.EEXIST, "File exists", path)


@_raising
def rename_v2(src, dst, overwrite=False):
    """Renames a file or directory. Raises AlreadyExistsError unless `overwrite`, UnimplementedError from one store to another."""
    (source, src), (target, dst) = _at(src), _at(dst)
    if source is not target:
        raise errors.UnimplementedError(None, None, f"Renaming {src} to {dst} not implemented: copy it, then remove it")
    _check_target(target, dst, overwrite)
    source.rename(src, dst)


@_raising
def stat_v2(path):
    """Statistics of a file."""
    store, path = _at(path)
    if store.isdir(path):
        return FileStatistics(0 if store is not stores.LOCAL else store.size(path), _nanoseconds(store, path), True)
    return FileStatistics(store.size(path), _nanoseconds(store, path), False)


def _nanoseconds(store, path):
    return os.stat(path).st_mtime_ns if store is stores.LOCAL else int(store.mtime(path) * 1e9)


@_raising
def glob_v2(pattern):
    """Paths that match a pattern, or any of a list of patterns; `*`, `?` and `[…]` stay within a name."""
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike)) else pattern
    return [p for one in patterns for p in stores.glob(one)]


def walk_v2(top, topdown=True, onerror=None):
    """Yields (directory, its sub-directories, its files) of a tree.

    Args:
        top: where to begin.
        topdown: a directory before what is in it, else after.
        onerror: called with the error of a directory that cannot be listed; None passes over it.
    """
    top = stores.text(top)
    try:
        names = listdir_v2(top)
    except errors.NotFoundError as e:
        if onerror is not None:
            onerror(e)
        return
    folders = [n for n in names if isdir_v2(join(top, n))]
    here = top, folders, [n for n in names if n not in set(folders)]
    if topdown:
        yield here
    for name in folders:
        yield from walk_v2(join(top, name), topdown, onerror)
    if not topdown:
        yield here


def join(path, *paths):
    """Joins path parts."""
    return os.path.join(stores.text(path), *paths)


def get_registered_schemes():
    """The schemes that paths may have: those of the stores whose drivers are installed."""
    return remote.schemes()


# The v1 spellings: other argument names, otherwise the same.


def Exists(filename):  # noqa: N802
    return exists_v2(filename)


def IsDirectory(dirname):  # noqa: N802
    return isdir_v2(dirname)


def ListDirectory(dirname):  # noqa: N802
    return listdir_v2(dirname)


def MkDir(dirname):  # noqa: N802
    mkdir_v2(dirname)


def MakeDirs(dirname):  # noqa: N802
    makedirs_v2(dirname)


def Remove(filename):  # noqa: N802
    remove_v2(filename)


@_raising
def DeleteRecursively(dirname):  # noqa: N802
    """`rmtree_v2` that refuses a file: FailedPreconditionError."""
    if stores.isfile(dirname):
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", dirname)
    rmtree_v2(dirname)


def Copy(oldpath, newpath, overwrite=False):  # noqa: N802
    copy_v2(oldpath, newpath, overwrite)


def Rename(oldname, newname, overwrite=False):  # noqa: N802
    rename_v2(oldname, newname, overwrite)


def Stat(filename):  # noqa: N802
    return stat_v2(filename)


def Glob(filename):  # noqa: N802
    return glob_v2(filename)


def Walk(top, in_order=True):  # noqa: N802
    return walk_v2(top, in_order)


def read_file_to_string(filename, binary_mode=False):
    """The whole text of a file, or its bytes. Raises NotFoundError for a missing one."""
    with GFile(filename, "rb" if binary_mode else "r") as f:
        return f.read()


def write_string_to_file(filename, file_content):
    """Writes a text (or bytes) as the whole of a file."""
    with GFile(filename, "wb" if isinstance(file_content, bytes) else "w") as f:
        f.write(file_content)
