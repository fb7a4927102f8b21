"""Setting up again never makes a second master key beside records that the first one sealed."""

from __future__ import annotations

import pytest

from tandem.kernel.instance import Instance, InstanceError
from tandem.privacy.setup import ensure_keys


def test_a_lost_master_key_is_not_replaced_by_a_new_one(installation: Instance) -> None:
    aside = installation.keys_file.with_suffix(".aside")
    installation.keys_file.rename(aside)
    try:
        with pytest.raises(InstanceError, match="put the file back"):
            ensure_keys(installation)
        assert not installation.keys_file.exists()
    finally:
        aside.rename(installation.keys_file)
