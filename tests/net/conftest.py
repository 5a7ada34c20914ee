"""Servers for these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.net import servers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> servers.Authority:
    """An authority for the certificates of all providers."""
    return servers.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def providers(authority: servers.Authority) -> Iterator[servers.Providers]:
    """A server that stands for all providers."""
    with servers.running(authority) as found:
        yield found


@pytest.fixture(scope="module")
def providers_for_all(authority: servers.Authority) -> Iterator[servers.Providers]:
    """A server for all examples of a property."""
    with servers.running(authority) as found:
        yield found
