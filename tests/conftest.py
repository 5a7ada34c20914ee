"""What holds for all tests."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Have programs take Ctrl-C: a shell that starts the tests in the background has all of them ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
