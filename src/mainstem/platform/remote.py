"""Stores over fsspec: `memory://`, and `s3://`, `gs://`, `hdfs://` and the like where fsspec's driver is installed."""

import contextlib
import errno
import functools
import importlib.util
import io
import os
import threading

from mainstem.base.errors import UnimplementedError
from mainstem.formats import stores
from mainstem.platform.store_writer import StoreWriter

_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs", "hdfs": "pyarrow", "http": "aiohttp"}
_PACKAGES |= {"s3a": "s3fs", "https": "aiohttp", "sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol", "oss": "ossfs"}
_OPTIONS = {}  # further options of a scheme's driver
_OWN = {"ram": "memory"}  # TensorFlow's name for files in memory
_lock = threading.Lock()


def _options(kind):
    """What a driver is made with: nothing cached, since others write too; S3's endpoint from TensorFlow's own variables."""
    options = {"use_listings_cache": False}
    if kind in ("s3", "s3a") and os.environ.get("S3_ENDPOINT"):
        safe = os.environ.get("S3_USE_HTTPS", "1") != "0"
        options["endpoint_url"] = f"http{'s' if safe else ''}://{os.environ['S3_ENDPOINT']}"
    return options | _OPTIONS.get(kind, {})


@functools.cache
def opener(kind):
    """The store of a scheme. Raises UnimplementedError, naming the package to install where one is known."""
    with _lock:
        fsspec = _fsspec()
        try:
            return Store(kind, fsspec.filesystem(_OWN.get(kind, kind), **_options(kind)))
        except ValueError as e:
            raise UnimplementedError(message=f"File system scheme '{kind}' not implemented: {e}") from None
        except ImportError as e:
            package = _PACKAGES.get(kind)
            hint = f"pip install {package}" if package else str(e)
            raise UnimplementedError(message=f"File system scheme '{kind}' not implemented: {hint} first ({e})") from None


def schemes():
    """The schemes whose drivers are installed, "" and "file" first: these are the machine's own."""
    from fsspec.registry import known_implementations

    found = [kind for kind, how in known_implementations.items() if _is_there(how["class"].partition(".")[0], kind)]
    return ["", "file", *sorted({*found, *_OWN} - {"file", "local"})]


def _is_there(package, kind):
    """Whether the driver's package is installed, and the one that a driver of fsspec itself needs."""
    needed = _PACKAGES.get(kind, package) if package == "fsspec" else package
    return importlib.util.find_spec(needed) is not None


def _fsspec():
    import fsspec

    return fsspec


@contextlib.contextmanager
def _file_errors(path):
    """Turns what drivers raise into Python's file errors that name the whole path."""
    try:
        yield
    except OSError as e:
        if type(e) is not OSError or e.errno:
            e.filename = path
            e.errno, e.strerror = e.errno or errno.ENOENT, e.strerror or str(e)
            raise
        raise OSError(errno.EIO, str(e), path) from e
    except NotImplementedError:
        raise
    except Exception as e:  # drivers raise their libraries' errors for a host that does not answer and the like
        raise OSError(errno.EIO, f"{type(e).__name__}: {e}", path) from e


class Store:
    """The files behind a scheme, by whole paths."""

    def __init__(self, kind, driver):
        self._kind, self._driver = kind, driver

    def _inside(self, path):
        return f"{_OWN.get(self._kind, self._kind)}://{path.partition('://')[2]}"

    def open(self, path, mode):
        with _file_errors(path):
            if mode == "rb" and self._driver.isdir(self._inside(path)):
                raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
            file = self._driver.open(self._inside(path), mode)
            if mode != "rb":
                return StoreWriter(file, path)
            shared = isinstance(file, io.BytesIO)  # memory's one file for all readers, with one position
            return io.BytesIO(file.getvalue()) if shared else file

    def exists(self, path):
        with _file_errors(path):
            return self._driver.exists(self._inside(path))

    def isfile(self, path):
        with _file_errors(path):
            return self._driver.isfile(self._inside(path))

    def isdir(self, path):
        with _file_errors(path):
            return self._driver.isdir(self._inside(path))

    def listdir(self, path):
        """Raises FileNotFoundError, NotADirectoryError."""
        with _file_errors(path):
            if not self._driver.isdir(self._inside(path)):
                kind = NotADirectoryError if self._driver.exists(self._inside(path)) else FileNotFoundError
                raise kind(errno.ENOTDIR, "Not a directory", path)
            folder = self._driver._strip_protocol(self._inside(path)).rstrip("/") + "/"
            names = [f"{n.rstrip('/')}/" for n in self._driver.ls(self._inside(path), detail=False)]
            return [n.rstrip("/").rpartition("/")[2] for n in names if n.strip("/") != folder.strip("/")]

    def size(self, path):
        with _file_errors(path):
            return self._driver.info(self._inside(path))["size"] or 0

    def mtime(self, path):
        """Seconds since 1970; 0 where the store does not tell."""
        with _file_errors(path):
            info = self._driver.info(self._inside(path))
        for key in ("LastModified", "mtime", "modified", "last_modified", "updated", "created"):
            if info.get(key) is not None:
                return float(getattr(info[key], "timestamp", lambda v=info[key]: v)())
        return 0.0

    def mkdir(self, path):
        """Raises FileExistsError. A directory of an object store is there with its first object, so an empty one is made."""
        if self.exists(path):
            raise FileExistsError(errno.EEXIST, "File exists", path)
        self.makedirs(path)

    def makedirs(self, path):
        with _file_errors(path):
            if self._driver.isfile(self._inside(path)):
                raise FileExistsError(errno.EEXIST, "File exists", path)
            self._driver.makedirs(self._inside(path), exist_ok=True)
            if not self._driver.isdir(self._inside(path)):
                self._driver.pipe_file(self._inside(path).rstrip("/") + "/", b"")

    def unlink(self, path):
        with _file_errors(path):
            if not self._driver.isfile(self._inside(path)):
                if self._driver.isdir(self._inside(path)):
                    raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
            self._driver.rm_file(self._inside(path))

    def rmtree(self, path):
        with _file_errors(path):
            if not self._driver.exists(self._inside(path)):
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
            self._driver.rm(self._inside(path), recursive=True)

    def copy(self, source, target):
        with _file_errors(source):
            self._driver.cp_file(self._inside(source), self._inside(target))

    def rename(self, source, target):
        with _file_errors(source):
            if not self._driver.exists(self._inside(source)):
                raise FileNotFoundError(errno.ENOENT, "No such file or directory", source)
            if self._driver.isdir(self._inside(source)) and type(self._driver).mv is _fsspec().AbstractFileSystem.mv:
                self._rename_all(self._inside(source), self._inside(target))
            else:
                self._driver.mv(self._inside(source), self._inside(target))

    def _rename_all(self, source, target):
        start = len(self._driver._strip_protocol(source))
        for name in self._driver.find(source):
            if not name.endswith("/"):
                self._driver.cp_file(name, target + name[start:])
        self._driver.rm(source, recursive=True)

    def get(self, path, local):
        with _file_errors(path):
            self._driver.get_file(self._inside(path), local)

    def put(self, local, path):
        with _file_errors(path):
            self._driver.put_file(local, self._inside(path))


stores.serve(opener)
