"""How near a result must be to TensorFlow's, by dtype: relative, and absolute in units of the largest finite value."""

import numpy as np

VALUE = {"bfloat16": 1e-2, "float16": 2e-3, "float32": 1e-5, "complex64": 1e-5, "float64": 1e-11, "complex128": 1e-11}
GRADIENT = {"bfloat16": 3e-2, "float16": 5e-3, "float32": 2e-5, "complex64": 2e-5, "float64": 1e-11, "complex128": 1e-11}


def assert_close(actual, expected, dtype, what, rtol=None, gradient=False):
    """Raises AssertionError naming `what` unless shapes agree and values do: exactly for integers, bools and strings.

    `dtype` is TensorFlow's name of the expected type; NaN and infinities must stand in the same places.
    """
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, TensorFlow gives {expected.shape}"
    default = (GRADIENT if gradient else VALUE).get(dtype)
    if default is None:
        assert np.array_equal(actual, expected), f"{what}:\n{actual}\nTensorFlow gives\n{expected}"
        return
    rtol = default if rtol is None else rtol
    wide = np.complex128 if dtype.startswith("complex") else np.float64
    actual, expected = actual.astype(wide), expected.astype(wide)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = min(float(finite.max()) if finite.size else 0.0, 1.0)
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol * scale * 0.5, err_msg=what)
