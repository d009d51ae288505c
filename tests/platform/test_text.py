"""`tf.compat`'s text functions: what TensorFlow 1.15 gives for each kind of value (read off it by hand)."""

import pathlib

import numpy as np
import pytest

from mainstem.platform import text

WRONG = "refused"
VALUES = ("é", b"\xc3\xa9", 5, bytearray(b"a"), pathlib.PurePosixPath("/a"), np.str_("q"))
GIVES = {
    "as_bytes": (b"\xc3\xa9", b"\xc3\xa9", WRONG, b"a", WRONG, b"q"),
    "as_text": ("é", "é", WRONG, WRONG, WRONG, "q"),
    "as_str": ("é", "é", WRONG, WRONG, WRONG, "q"),
    "as_str_any": ("é", "é", "5", "bytearray(b'a')", "/a", "q"),
    "path_to_str": ("é", b"\xc3\xa9", 5, bytearray(b"a"), "/a", "q"),
}


@pytest.mark.parametrize("name", GIVES)
@pytest.mark.parametrize("which", range(len(VALUES)))
def test_each_kind_of_value(name, which):
    wanted = GIVES[name][which]
    if wanted is WRONG:
        with pytest.raises(TypeError, match="Expected binary or unicode string, got"):
            getattr(text, name)(VALUES[which])
    else:
        assert getattr(text, name)(VALUES[which]) == wanted


def test_encodings():
    assert text.as_bytes("é", "latin1") == b"\xe9"
    assert text.as_text(b"\xe9", "latin1") == "é"
    with pytest.raises(UnicodeDecodeError):
        text.as_text(b"\xe9")


def test_kinds_of_numbers():
    assert isinstance(np.int8(1), text.integral_types) and not isinstance(1.0, text.integral_types)
    assert isinstance(np.float16(1), text.real_types) and not isinstance(1j, text.real_types)
    assert isinstance(np.complex64(1), text.complex_types)
