"""Published data files: where they lie on this machine, whether a file is the published one, and fetching it when asked."""

import hashlib
import os
import shutil
import tempfile
import urllib.error
import urllib.request

from mainstem.formats import files

DOWNLOAD = "MAINSTEM_DOWNLOAD"
KERAS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def places(subdir="datasets"):
    """The folders in which Keras keeps data sets, the first being where it puts new ones."""
    home = os.path.expanduser(os.environ.get("KERAS_HOME") or os.path.join("~", ".keras"))
    spare = os.path.join(tempfile.gettempdir(), ".keras")  # Keras goes there when it may not write to the home
    return [os.path.join(base, subdir) for base in (home, spare)]


def digest_of(path, digest):
    """The digest of a file by the algorithm that gave `digest`: SHA-256, or MD5 for one of 32 digits."""
    found = hashlib.sha256() if len(digest) == 64 else hashlib.md5()
    with open(path, "rb") as f:
        while chunk := f.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()


def find(names, url, digest=None, subdir="datasets"):
    """The path of a published file in one of Keras' places.

    Args:
        names: the names under which it is looked for, the first being its own; a path is taken as it is.
        url: where it is published.
        digest: its SHA-256 or MD5 in hexadecimal, or None where none is published.
        subdir: the folder below Keras' home.

    Raises FileNotFoundError when it is nowhere and ValueError when only other content lies under its name. With
    MAINSTEM_DOWNLOAD=1 in the environment it is fetched in both cases; ConnectionError when that fails.
    """
    tried = [os.path.join(folder, os.path.expanduser(name)) for folder in places(subdir) for name in names]
    tried = list(dict.fromkeys(tried))
    others = {}
    for path in tried:
        if os.path.isfile(path):
            got = digest and digest_of(path, digest)
            if got == digest:
                return path
            others[path] = got
    if os.environ.get(DOWNLOAD, "") not in ("", "0"):
        return _fetch(url, tried[0], digest)
    ask = f"Mainstem downloads only when {DOWNLOAD}=1 is set; or put the file there yourself, from {url}"
    if others:
        found = "; ".join(f"{path} has {got}" for path, got in others.items())
        raise ValueError(f"{names[0]} is not the published file, whose digest is {digest}: {found}. {ask}")
    raise FileNotFoundError(f"{names[0]} is missing: there is no {' and no '.join(tried)}. {ask}")


def _fetch(url, path, digest):
    """Downloads a file, checks it, and only then gives it its name."""
    print(f"Downloading data from {url}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = files.temporary_name(path)
    try:
        try:
            with urllib.request.urlopen(url, timeout=60) as source, open(temporary, "wb") as f:
                shutil.copyfileobj(source, f, 1 << 20)
        except (urllib.error.URLError, OSError) as e:
            raise ConnectionError(f"{url} cannot be fetched: {e}. Put the file at {path} yourself.") from e
        if digest and (got := digest_of(temporary, digest)) != digest:
            raise ValueError(f"{url} is not the published file: its digest is {got}, not {digest}.")
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
    return path
