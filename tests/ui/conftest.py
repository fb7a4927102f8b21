"""One browser and one server of invented pages for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .preview import all_contexts, serve


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the invented pages, under the product's content security policy."""
    server, address = serve(all_contexts())
    yield address
    server.shutdown()
    server.server_close()
