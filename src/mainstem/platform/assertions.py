"""Assertions of `tf.test.TestCase` that Python's own lacks: those of absl, and the old names that Python 3.12 took away."""

import re
import unittest


class Assertions(unittest.TestCase):
    """Assertions on sizes, elements and ends of collections; `assertEquals`, `failUnless` and the like."""

    def assertItemsEqual(self, expected_seq, actual_seq, msg=None):  # noqa: N802
        """The same elements, each as often, in any order."""
        self.assertCountEqual(expected_seq, actual_seq, msg)

    def assertSameElements(self, expected_seq, actual_seq, msg=None):  # noqa: N802
        """The same elements in any order, however often."""
        extra = [a for a in actual_seq if a not in expected_seq], [e for e in expected_seq if e not in actual_seq]
        if any(extra):
            self.fail(self._formatMessage(msg, f"Unexpected: {extra[0]}, missing: {extra[1]}"))

    def assertEmpty(self, container, msg=None):  # noqa: N802
        """A collection without elements."""
        if len(container):
            self.fail(self._formatMessage(msg, f"{container!r} has length of {len(container)}."))

    def assertNotEmpty(self, container, msg=None):  # noqa: N802
        """A collection with an element."""
        if not len(container):
            self.fail(self._formatMessage(msg, f"{container!r} has length of 0."))

    def assertLen(self, container, expected_len, msg=None):  # noqa: N802
        """A collection of so many elements."""
        if len(container) != expected_len:
            self.fail(self._formatMessage(msg, f"{container!r} has length of {len(container)}, expected {expected_len}."))

    def assertBetween(self, value, minv, maxv, msg=None):  # noqa: N802
        """`minv` <= value <= `maxv`."""
        if not minv <= value <= maxv:
            self.fail(self._formatMessage(msg, f'"{value!r}" unexpectedly not between "{minv!r}" and "{maxv!r}"'))

    def assertContainsSubset(self, expected_subset, actual_set, msg=None):  # noqa: N802
        """Every element of the first is in the second."""
        missing = set(expected_subset) - set(actual_set)
        if missing:
            self.fail(self._formatMessage(msg, f"Missing elements {missing}"))

    def assertNoCommonElements(self, expected_seq, actual_seq, msg=None):  # noqa: N802
        """No element is in both."""
        common = set(expected_seq) & set(actual_seq)
        if common:
            self.fail(self._formatMessage(msg, f"Common elements {common}"))

    def assertEndsWith(self, actual, expected_end, msg=None):  # noqa: N802
        """A text ends so."""
        if not actual.endswith(expected_end):
            self.fail(self._formatMessage(msg, f"{actual!r} does not end with {expected_end!r}"))

    def assertSequenceAlmostEqual(self, expected_seq, actual_seq, places=None, msg=None, delta=None):  # noqa: N802
        """Numbers one by one equal to so many places, or within `delta`."""
        self.assertEqual(len(expected_seq), len(actual_seq), msg)
        for expected, actual in zip(expected_seq, actual_seq, strict=True):
            self.assertAlmostEqual(expected, actual, places, msg, delta)

    def assertDictContainsSubset(self, expected, actual, msg=None):  # noqa: N802
        """Every entry of the first dict is in the second."""
        wrong = {k: v for k, v in expected.items() if k not in actual or actual[k] != v}
        if wrong:
            self.fail(self._formatMessage(msg, f"{actual!r} lacks {wrong!r}"))

    def assertTotallyOrdered(self, *groups):  # noqa: N802
        """Elements of a group are equal, and smaller than those of all later groups."""
        for i, group in enumerate(groups):
            for a in group:
                self.assertTrue(all(a == b and a <= b for b in group))
                self.assertTrue(all(a < b and b > a for later in groups[i + 1 :] for b in later))

    def assertRaisesWithLiteralMatch(self, expected_exception, expected_exception_message, *args, **kwargs):  # noqa: N802
        """The call (or the block) raises an error with exactly this text."""
        return self.assertRaisesRegex(expected_exception, f"^{re.escape(expected_exception_message)}$", *args, **kwargs)


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
