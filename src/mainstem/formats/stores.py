"""Paths wherever they lead: the questions of `os.path`, asked of this machine or of the store behind a scheme such as `s3://`.

What a store is: an object with the methods of `LOCAL` (whole paths in and out, Python's file errors raised). Nothing here knows one;
whoever does registers with `serve` a function that gives the store of a scheme.
"""

import fnmatch
import glob as local_glob
import os
import re
import shutil
import tempfile
import weakref

from mainstem.base.errors import UnimplementedError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_opener = None


class _Local:
    """This machine's files."""

    def open(self, path, mode):
        return open(path, mode)

    def exists(self, path):
        return os.path.exists(path)

    def isfile(self, path):
        return os.path.isfile(path)

    def isdir(self, path):
        return os.path.isdir(path)

    def listdir(self, path):
        return os.listdir(path)

    def size(self, path):
        return os.path.getsize(path)

    def mtime(self, path):
        """Seconds since 1970."""
        return os.stat(path).st_mtime

    def mkdir(self, path):
        os.mkdir(path)

    def makedirs(self, path):
        os.makedirs(path, exist_ok=True)

    def unlink(self, path):
        os.unlink(path)

    def rmtree(self, path):
        shutil.rmtree(path)

    def copy(self, source, target):
        shutil.copyfile(source, target)

    def rename(self, source, target):
        os.replace(source, target)

    def get(self, path, local):
        """Copies a file of the store to this machine."""
        shutil.copyfile(path, local)

    def put(self, local, path):
        """Copies a file of this machine into the store, where it appears whole or not at all."""
        shutil.copyfile(local, path)


LOCAL = _Local()


def serve(opener):
    """Registers `opener(scheme)`, which gives the store of a scheme, such as "s3"."""
    global _opener
    _opener = opener


def text(path):
    """A path as str, without `file://`."""
    path = os.fspath(path)
    path = os.fsdecode(path) if isinstance(path, bytes) else path
    return path.removeprefix("file://")


def scheme(path):
    """The scheme of a path, "" for one on this machine."""
    found = _SCHEME.match(text(path))
    return found.group(1).lower() if found else ""


def is_remote(path):
    """Whether a path leads off this machine."""
    return bool(scheme(path))


def store(path):
    """The store in which a path lies. Raises UnimplementedError for a scheme that nobody knows."""
    kind = scheme(path)
    if not kind:
        return LOCAL
    if _opener is None:
        raise UnimplementedError(message=f"File system scheme '{kind}' not implemented (file: '{path}')")
    return _opener(kind)


def opened(path, mode="rb"):
    """The file, open. Modes are "rb" and "wb"."""
    return store(path).open(text(path), mode)


def exists(path):
    return store(path).exists(text(path))


def isfile(path):
    return store(path).isfile(text(path))


def isdir(path):
    return store(path).isdir(text(path))


def listdir(path):
    return store(path).listdir(text(path))


def mtime(path):
    return store(path).mtime(text(path))


def makedirs(path):
    """Makes a directory and its parents; fine when it is there."""
    store(path).makedirs(text(path))


def unlink(path):
    """Removes a file. Raises FileNotFoundError."""
    store(path).unlink(text(path))


def write(path, content):
    """Writes bytes as the whole of a file of a store."""
    with opened(path, "wb") as f:
        f.write(content)


def glob(pattern):
    """The paths that match a pattern, sorted: `*`, `?` and `[…]` within a name, as in TensorFlow, hidden names too."""
    pattern = text(pattern)
    where, found = store(pattern), _SCHEME.match(pattern)
    start = found.end() if found else 0
    head = pattern[:start]
    first, *rest = pattern[start:].split("/")
    paths = [head + first] if found or not local_glob.has_magic(first) else _matching(where, "", first)
    for name in rest:
        paths = [p for path in paths for p in _step(where, path, name)]
    return sorted(p for p in paths if where.exists(p))


def _step(where, path, name):
    if not local_glob.has_magic(name):
        return [f"{path}/{name}"]
    return _matching(where, f"{path}/", name)


def _matching(where, folder, name):
    try:
        names = where.listdir(folder or ".")
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    return [folder + n for n in fnmatch.filter(names, name)]


class Copies:
    """Copies of remote files on this machine, fetched when asked for; gone with `close`, or with this object."""

    def __init__(self):
        self._folder, self._found = None, {}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def local(self, path):
        """A path on this machine with the content of `path`: itself, when it lies here. Raises FileNotFoundError."""
        if not is_remote(path):
            return text(path)
        if path not in self._found:
            target = os.path.join(self.folder(), f"{len(self._found)}-{os.path.basename(text(path))}")
            store(path).get(text(path), target)
            self._found[path] = target
        return self._found[path]

    def folder(self):
        """The folder of the copies."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="mainstem-")
            self._gone = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def close(self):
        """Removes the copies."""
        if self._folder is not None:
            self._gone()
            self._folder, self._found = None, {}
