"""`tf.logging`: TensorFlow's logger, on Python's `logging`."""

import logging as _logging
import sys

DEBUG, INFO, WARN, ERROR, FATAL = _logging.DEBUG, _logging.INFO, _logging.WARN, _logging.ERROR, _logging.FATAL
_LETTERS = {DEBUG: "DEBUG", INFO: "INFO", WARN: "WARNING", ERROR: "ERROR", FATAL: "FATAL"}
_counts = {}


class _Formatter(_logging.Formatter):
    def format(self, record):
        return f"{_LETTERS.get(record.levelno, record.levelname)}:tensorflow:{record.getMessage()}"


def get_logger():
    """The logger called "tensorflow"; it writes to standard error unless the program configured logging itself."""
    logger = _logging.getLogger("tensorflow")
    if not logger.handlers and not _logging.getLogger().handlers:
        handler = _logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Formatter())
        logger.addHandler(handler)
        if logger.level == _logging.NOTSET:
            logger.setLevel(WARN)
    return logger


def log(level, msg, *args, **kwargs):
    """Logs `msg % args` at `level`."""
    get_logger().log(level, msg, *args, **kwargs)


def debug(msg, *args, **kwargs):
    get_logger().debug(msg, *args, **kwargs)


def info(msg, *args, **kwargs):
    get_logger().info(msg, *args, **kwargs)


def warning(msg, *args, **kwargs):
    get_logger().warning(msg, *args, **kwargs)


warn = warning


def error(msg, *args, **kwargs):
    get_logger().error(msg, *args, **kwargs)


def fatal(msg, *args, **kwargs):
    get_logger().critical(msg, *args, **kwargs)


def vlog(level, msg, *args, **kwargs):
    get_logger().log(level, msg, *args, **kwargs)


def flush():
    """Writes out what is buffered."""
    for handler in get_logger().handlers:
        handler.flush()


def get_verbosity():
    """The level below which messages are dropped."""
    return get_logger().getEffectiveLevel()


def set_verbosity(v):
    """Sets the level: one of DEBUG, INFO, WARN, ERROR, FATAL, or its name."""
    get_logger().setLevel(v)


def log_first_n(level, msg, n, *args):
    """Logs the first `n` times that the message is seen."""
    _counts[msg] = _counts.get(msg, 0) + 1
    log_if(level, msg, _counts[msg] <= n, *args)


def log_every_n(level, msg, n, *args):
    """Logs once every `n` times."""
    count = _counts.get(msg, 0)
    _counts[msg] = count + 1
    log_if(level, msg, not count % n, *args)


def log_if(level, msg, condition, *args):
    """Logs when `condition` holds."""
    if condition:
        log(level, msg, *args)


def TaskLevelStatusMessage(msg):  # noqa: N802 - TensorFlow's name
    error(msg)
