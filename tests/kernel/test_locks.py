"""A command without its lock says what to install, and never installs."""

import importlib

import pytest

from tandem.kernel.locks import LockMissing, lock


def test_a_missing_library_names_the_command() -> None:
    with pytest.raises(LockMissing, match=r'make setup WITH="planning"'), lock("planning"):
        importlib.import_module("no_such_library.inside")


def test_a_missing_module_of_ours_stays_an_error() -> None:
    with pytest.raises(ModuleNotFoundError), lock("planning"):
        importlib.import_module("tandem.no_such_package")
