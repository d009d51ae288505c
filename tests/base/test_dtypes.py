"""DTypes where other libraries meet them."""

import numpy as np
import pytest

from mainstem.base import dtypes


@pytest.mark.skipif(tuple(map(int, np.__version__.split(".")[:2])) < (2, 4), reason="NumPy asks from 2.4 on")
def test_numpy_understands_dtypes():
    assert np.dtype(dtypes.float32) == np.float32 and np.zeros(1, dtypes.int64).dtype == np.int64
