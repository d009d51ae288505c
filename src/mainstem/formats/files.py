"""The one way to write files that must survive a power loss: `write_atomic`, and `FileOps`, through which every write goes.

A file system may keep written bytes, new names and removals in memory and lose any of them until `sync` (for a file's bytes)
or `sync_dir` (for the names in a directory) has returned. Whoever needs an order puts those calls between the steps.
"""

import contextlib
import functools
import io
import os
import socket
import uuid
import zlib

from mainstem.formats import stores


class WritableFile:
    """A new file open for writing. Unbuffered: what is written is with the operating system at once. Threads may share it."""

    def __init__(self, path):
        self.path, self._end = path, 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)

    def write(self, data):
        """Writes all of `data` (bytes or a buffer of bytes) after what `write` wrote before."""
        view = memoryview(data)
        self.write_at(view, self._end)
        self._end += len(view)

    def write_at(self, data, offset):
        """Writes all of `data` (bytes or a buffer of bytes) from byte `offset` on."""
        view = memoryview(data)
        while len(view):
            n = os.pwrite(self._fd, view, offset)
            view, offset = view[n:], offset + n

    def start_sync(self, offset, size):
        """Has the disk begin with `size` bytes from `offset` on, where the system can; a later `sync` waits less."""
        if hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError):  # some file systems take no advice
                os.posix_fadvise(self._fd, offset, size, os.POSIX_FADV_DONTNEED)

    def sync(self):
        """Returns when the bytes are on the medium."""
        os.fsync(self._fd)

    def close(self):
        """Closes the file. A second call does nothing."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class FileOps:
    """The operations on the file system that writers use; a test replaces them to record, fail or replay them."""

    def create(self, path):
        """Opens a new file for writing. Raises FileExistsError when the name is taken."""
        return WritableFile(path)

    def rename(self, source, target):
        """Gives a file another name in one step; a file that had the name `target` is gone."""
        os.replace(source, target)

    def link(self, source, target):
        """Gives a file a second name, or copies it where the file system has no links."""
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError:
            self.copy(source, target)

    def copy(self, source, target):
        """Copies a file and syncs the copy."""
        out = self.create(target)
        try:
            with open(source, "rb", buffering=0) as f:
                while chunk := f.read(1 << 24):
                    out.write(chunk)
            out.sync()
        finally:
            out.close()

    def unlink(self, path):
        """Removes a name; the file goes with its last one."""
        stores.unlink(path)

    def mkdir(self, path):
        """Makes a directory. Raises FileExistsError when the name is taken."""
        os.mkdir(path)

    def rmdir(self, path):
        """Removes an empty directory."""
        os.rmdir(path)

    def forget(self, path):
        """Gives back the memory in which the system keeps the bytes of a file, where it can and the file is there."""
        with contextlib.suppress(OSError, AttributeError):
            fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            try:
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)

    def sync_dir(self, path):
        """Returns when the names in directory `path` are on the medium."""
        if stores.is_remote(path):
            return
        try:
            fd = os.open(path or ".", os.O_RDONLY)
        except PermissionError:  # Windows opens no directories, and orders renames by itself
            return
        try:
            os.fsync(fd)
        except OSError as e:
            if e.errno not in _NO_DIRECTORY_SYNC:
                raise
        finally:
            os.close(fd)


_NO_DIRECTORY_SYNC = (22, 95)  # EINVAL, EOPNOTSUPP: some network file systems sync names by themselves
FILES = FileOps()


_MARK = ".tempstate"
_made_here = set()


@functools.cache
def _place():
    """Names the set of processes among which a process number tells which one is meant: this boot, this container."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
        with open("/proc/sys/kernel/random/boot_id") as f:
            parts.append(f.read())
    return f"{zlib.crc32(''.join(parts).encode()):08x}"


def temporary_name(path):
    """A name in the same directory as `path` that no other writer uses; it tells whose it is (see `sweep`)."""
    name = f"{path}{_MARK}-{_place()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    _made_here.add(os.path.basename(name))
    return name


def sweep(directory, ops=FILES):
    """Removes the temporary files in `directory` that writers left who ran on this machine and are dead, killed perhaps."""
    try:
        names = [n for n in os.listdir(directory or ".") if _MARK in n]
    except OSError:
        return
    for name in names:
        place, _, rest = name.rpartition(_MARK + "-")[2].partition("-")
        pid = rest.partition("-")[0]
        if place == _place() and pid.isdecimal() and _is_dead(int(pid), name):
            with contextlib.suppress(OSError):
                ops.unlink(os.path.join(directory, name))


def _is_dead(pid, name):
    if pid == os.getpid():  # in a container the process before had the same number
        return name not in _made_here
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def write_atomic(path, content, ops=FILES):
    """Replaces the file `path` so that a crash at any moment leaves the old content or the new, in full.

    Args:
        path: the file's name; its directory must exist.
        content: bytes, an iterable of bytes, or a function that is called with the open file and writes to it.
        ops: the `FileOps` to write through.
    """
    path = os.fspath(path)
    if stores.is_remote(path):  # an object of a store appears whole or not at all
        whole = io.BytesIO()
        _fill(whole, content)
        stores.write(path, whole.getbuffer())
        return
    temporary = temporary_name(path)
    file = ops.create(temporary)
    try:
        try:
            _fill(file, content)
            file.sync()
        finally:
            file.close()
        ops.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            ops.unlink(temporary)
        raise
    ops.sync_dir(os.path.dirname(path))


def _fill(file, content):
    if callable(content):
        content(file)
    elif isinstance(content, (bytes, bytearray, memoryview)):
        file.write(content)
    else:
        for chunk in content:
            file.write(chunk)
