"""What an engine's commands say when the libraries of its lock are not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from tandem.kernel.instance import InstanceError


class LockMissing(InstanceError):
    """A library is not there; the message names the command that installs it."""


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Around the imports of an engine: a missing library becomes one sentence.

    Raises LockMissing. A missing module of our own stays an error of ours.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        if library == "tandem":
            raise
        raise LockMissing(
            f'{library} is not installed: run `make setup WITH="{name}"` and try again.'
        ) from None
