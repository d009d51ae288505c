"""Assertions of `tf.test.TestCase` that are not on tensors: absl's, and the old names that Python 3.12 took away."""

import unittest

from absl.testing import absltest


class Assertions(absltest.TestCase):
    """absl's test case, in which old tests find `assertEquals`, `failUnless` and the like."""


_RENAMED = {
    "assertEquals": "assertEqual",
    "assertNotEquals": "assertNotEqual",
    "assertAlmostEquals": "assertAlmostEqual",
    "assertNotAlmostEquals": "assertNotAlmostEqual",
    "assertRegexpMatches": "assertRegex",
    "assertNotRegexpMatches": "assertNotRegex",
    "assertRaisesRegexp": "assertRaisesRegex",
    "assert_": "assertTrue",
    "failUnless": "assertTrue",
    "failIf": "assertFalse",
    "failUnlessEqual": "assertEqual",
    "failIfEqual": "assertNotEqual",
    "failUnlessAlmostEqual": "assertAlmostEqual",
    "failIfAlmostEqual": "assertNotAlmostEqual",
    "failUnlessRaises": "assertRaises",
}
for _old, _new in _RENAMED.items():
    setattr(Assertions, _old, getattr(unittest.TestCase, _new))


def _contains_subset_of_dict(self, subset, dictionary, msg=None):
    """Every entry of the first dict is in the second."""
    wrong = {k: v for k, v in subset.items() if k not in dictionary or dictionary[k] != v}
    if wrong:
        self.fail(self._formatMessage(msg, f"{dictionary!r} lacks {wrong!r}"))


Assertions.assertDictContainsSubset = _contains_subset_of_dict
