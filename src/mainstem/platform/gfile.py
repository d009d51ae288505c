"""`tf.gfile` on local files: the v1 functions (`Exists`, `MakeDirs`, …), the v2 ones of `tf.io.gfile`, and `GFile`."""

import glob as _glob
import os
import shutil
from dataclasses import dataclass

from mainstem.base import errors


def _path(p):
    p = os.fspath(p)
    p = p.decode() if isinstance(p, bytes) else p
    scheme, sep, rest = p.partition("://")
    if not sep:
        return p
    if scheme == "file":
        return rest
    raise NotImplementedError(f"gfile: the file system '{scheme}://' is not supported; only local paths are.")


def _raising(fn):
    """Turns Python's file errors into TensorFlow's."""

    def wrapped(*args, **kwargs):
        try:
            return fn(*args, **kwargs)
        except FileNotFoundError as e:
            raise errors.NotFoundError(None, None, f"{e.filename}; No such file or directory") from None
        except FileExistsError as e:
            raise errors.AlreadyExistsError(None, None, f"{e.filename}; File exists") from None
        except PermissionError as e:
            raise errors.PermissionDeniedError(None, None, f"{e.filename}; Permission denied") from None
        except (IsADirectoryError, NotADirectoryError, OSError) as e:
            raise errors.FailedPreconditionError(None, None, f"{e.filename}; {e.strerror}") from None

    wrapped.__name__, wrapped.__doc__, wrapped.__wrapped__ = fn.__name__, fn.__doc__, fn
    return wrapped


class GFile:
    """A file opened lazily, so that a missing one is reported where it is read. Modes: r, w, a, with b and + .

    Text by default; bytes with "b" in the mode. Raises `tf.errors.NotFoundError` for a missing file.
    """

    def __init__(self, name, mode="r"):
        if set(mode) - set("rwab+"):
            raise errors.InvalidArgumentError(None, None, f"mode is not 'r' or 'w' or 'a': {mode!r}")
        self._name, self._mode, self._file = name, mode, None

    @property
    def name(self):
        return self._name

    @property
    def mode(self):
        return self._mode

    @_raising
    def _open(self):
        if self._file is None:  # always as bytes: a text file takes bytes too, and keeps its line ends
            self._file = open(_path(self._name), self._mode.replace("b", "") + "b")  # noqa: SIM115
        return self._file

    def _readable(self):
        if "r" not in self._mode and "+" not in self._mode:
            raise errors.PermissionDeniedError(None, None, f"{self._name}: the file is not open for reading.")
        return self._open()

    def _shown(self, content):
        return content if "b" in self._mode else content.decode("utf-8")

    def read(self, n=-1):
        """The next `n` bytes, or all that is left; as text unless the mode has a "b"."""
        return self._shown(self._readable().read(n))

    def readline(self):
        return self._shown(self._readable().readline())

    def readlines(self):
        return [self._shown(line) for line in self._readable().readlines()]

    def write(self, file_content):
        """Writes text or bytes, whatever the mode."""
        if self._mode.startswith("r") and "+" not in self._mode:
            raise errors.PermissionDeniedError(None, None, f"{self._name}: the file is not open for writing.")
        self._open().write(file_content.encode("utf-8") if isinstance(file_content, str) else file_content)

    def seek(self, offset=None, whence=0, position=None):
        """Moves to `offset` bytes from the start (whence 0), here (1) or the end (2)."""
        self._open().seek(position if offset is None else offset, whence)

    def tell(self):
        return self._open().tell()

    @_raising
    def size(self):
        return os.path.getsize(_path(self._name))

    def seekable(self):
        return True

    def flush(self):
        if self._file is not None:
            self._file.flush()

    def close(self):
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self):
        if "r" not in self._mode:
            self._open()  # an empty file is made even when nothing is written
        return self

    def __exit__(self, *exc):
        self.close()

    def __iter__(self):
        return map(self._shown, self._readable())

    def next(self):
        return self._shown(next(self._readable()))

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


def exists_v2(path):
    """Whether a file or directory is there."""
    return os.path.exists(_path(path))


def isdir_v2(path):
    """Whether `path` is a directory."""
    return os.path.isdir(_path(path))


@_raising
def listdir_v2(path):
    """Names in a directory. Raises NotFoundError."""
    if os.path.exists(_path(path)) and not os.path.isdir(_path(path)):
        raise errors.NotFoundError(None, None, f"{path}; it is not a directory")
    return os.listdir(_path(path))


@_raising
def mkdir_v2(path):
    """Makes one directory, unless it is there; its parent must be there."""
    if not os.path.isdir(_path(path)):
        os.mkdir(_path(path))


@_raising
def makedirs_v2(path):
    """Makes a directory and its parents; fine when it is there."""
    os.makedirs(_path(path), exist_ok=True)


@_raising
def remove_v2(path):
    """Deletes a file."""
    os.remove(_path(path))


@_raising
def rmtree_v2(path):
    """Deletes a directory with all it holds."""
    shutil.rmtree(_path(path))


@_raising
def copy_v2(src, dst, overwrite=False):
    """Copies a file. Raises AlreadyExistsError unless `overwrite`."""
    if not overwrite and os.path.exists(_path(dst)):
        raise FileExistsError(17, "File exists", _path(dst))
    shutil.copyfile(_path(src), _path(dst))


@_raising
def rename_v2(src, dst, overwrite=False):
    """Renames a file or directory. Raises AlreadyExistsError unless `overwrite`."""
    if not overwrite and os.path.exists(_path(dst)):
        raise FileExistsError(17, "File exists", _path(dst))
    os.replace(_path(src), _path(dst))


@_raising
def stat_v2(path):
    """Statistics of a file."""
    s = os.stat(_path(path))
    return FileStatistics(s.st_size, s.st_mtime_ns, os.path.isdir(_path(path)))


def glob_v2(pattern):
    """Paths that match a pattern, or any of a list of patterns."""
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike)) else pattern
    return [p for one in patterns for p in sorted(_glob.glob(_path(one)))]


def walk_v2(top, topdown=True, onerror=None):
    """(directory, sub-directories, files) of a tree."""
    yield from os.walk(_path(top), topdown=topdown, onerror=onerror)


def join(path, *paths):
    """Joins path parts."""
    return os.path.join(_path(path), *paths)


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


def DeleteRecursively(dirname):  # noqa: N802
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
