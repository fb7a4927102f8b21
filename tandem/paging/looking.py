"""What the doctor asks about phones: our keys, the settings, and whether the gateway answers."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor

from tandem.kernel.instance import Instance, InstanceError
from tandem.paging import outgoing
from tandem.paging.keys import read_keys
from tandem.paging.pager import bearer
from tandem.paging.settings import Gateway, gateway

_STRANGER = frozenset({401, 403})


def fault(instance: Instance) -> tuple[str, str] | None:
    """What is wrong and what to do about it, or nothing."""
    try:
        read_keys(instance)
    except FileNotFoundError:
        pass  # made at first start
    except InstanceError as wrong:
        return str(wrong), "Or forget all phones: each subscribes anew when its page is opened."
    try:
        to = gateway(instance)
    except InstanceError as wrong:
        return str(wrong), "No text message leaves until it is right: docs/how-to/phones.md."
    return _silence(to) if to else None


def _silence(to: Gateway) -> tuple[str, str] | None:
    # A loop of its own: whoever asks may keep one in this thread.
    with ThreadPoolExecutor(1) as apart:
        status = apart.submit(asyncio.run, _asked(to)).result()
    if status == 0 or status >= 500:  # noqa: PLR2004 (its own fault)
        return (
            "The gateway of text messages does not answer.",
            "Look after the gateway: until then closed phones get push messages alone.",
        )
    if status in _STRANGER:
        return (
            "The gateway of text messages does not know our secret.",
            "Put the same secret in the file here and at the gateway.",
        )
    return None


async def _asked(to: Gateway) -> int:
    """The status of a receipt that nobody has: a gateway that is well answers 404."""
    async with outgoing.inside() as session:
        status, _found = await outgoing.get(session, f"{to.url}/{uuid.uuid4()}", bearer(to))
    return status
