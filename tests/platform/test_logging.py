"""`tf.logging`: levels, format, counting."""

import io
import logging

import pytest

import mainstem.v1 as tf
from mainstem.platform import logging as tf_logging


@pytest.fixture
def written():
    """What is logged during a test, by the handler that `get_logger` makes for a program without its own configuration."""
    root, logger = logging.getLogger(), logging.getLogger("tensorflow")
    before = root.handlers[:], logger.handlers[:], logger.level, logger.propagate
    root.handlers, logger.handlers, logger.propagate = [], [], False
    logger.setLevel(logging.NOTSET)
    made = tf_logging.get_logger()
    stream = io.StringIO()
    made.handlers[0].setStream(stream)
    tf_logging._counts.clear()
    yield stream
    root.handlers, logger.handlers, logger.level, logger.propagate = before
    logger.setLevel(before[2])


def test_warnings_and_worse_are_shown_by_default(written):
    assert tf.logging.get_verbosity() == tf.logging.WARN
    tf.logging.info("no")
    tf.logging.warning("%d things", 2)
    tf.logging.error("bad")
    tf.logging.fatal("worse")
    assert written.getvalue().splitlines() == [
        "WARNING:tensorflow:2 things",
        "ERROR:tensorflow:bad",
        "FATAL:tensorflow:worse",
    ]


def test_verbosity(written):
    tf.logging.set_verbosity(tf.logging.INFO)
    assert tf.logging.get_verbosity() == tf.logging.INFO == 20
    tf.logging.info("loss = %.2f", 0.5)
    tf.logging.debug("no")
    tf.logging.log(tf.logging.INFO, "by level")
    tf.logging.set_verbosity("ERROR")
    tf.logging.warn("no")
    tf.logging.set_verbosity(tf.logging.DEBUG)
    tf.logging.debug("yes")
    assert written.getvalue().splitlines() == [
        "INFO:tensorflow:loss = 0.50",
        "INFO:tensorflow:by level",
        "DEBUG:tensorflow:yes",
    ]
    tf.logging.flush()


def test_counted_messages(written):
    tf.logging.set_verbosity(tf.logging.INFO)
    for i in range(5):
        tf.logging.log_first_n(tf.logging.INFO, "first %d", 2, i)
        tf.logging.log_every_n(tf.logging.INFO, "every %d", 2, i)
        tf.logging.log_if(tf.logging.INFO, "if %d", i == 3, i)
    lines = [line.split(":")[2] for line in written.getvalue().splitlines()]
    assert sorted(lines) == sorted(["first 0", "first 1", "every 0", "every 2", "every 4", "if 3"])
