"""Keeping a map that an administrator built; the sample it was built from is never kept."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.kernel.instance import Instance
from tandem.kernel.maps import MapError, shipped_maps
from tandem.kernel.maps.builder import checked
from tandem.kernel.maps.format import keep_map
from tandem.kernel.refusals import BadInput
from tandem.privacy.acts import Trail, act


@act("map.kept", "map")
def keep_built_map(trail: Trail, map_id: uuid.UUID, *, text: str) -> None:
    """Keep a map under its own name, for `--map NAME`; it replaces an earlier one of that name."""
    try:
        source_map = checked(text)
    except MapError:
        raise BadInput(_("The map cannot be kept: try it out first.")) from None
    if source_map.name in shipped_maps():
        raise BadInput(_("A map of this name ships with Tandem. Choose another name."))
    trail.record("map", map_id)
    keep_map(Instance.find(), source_map.name, text)
