"""Our own push keys: made at first start, 0600, in versions, so that a new one cuts nobody off."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from tandem.kernel.instance import Instance, InstanceError
from tandem.paging.rules import packed, unpacked
from tandem.paging.webpush import Private, point_of

_SCALAR = 32


@dataclass(frozen=True)
class PushKeys:
    """Versions of a P-256 key; the highest is given to browsers, the older ones still sign."""

    versions: dict[int, Private]

    @property
    def newest(self) -> int:
        """The version that browsers subscribe with now."""
        return max(self.versions)

    @property
    def public(self) -> str:
        """What a browser subscribes with, base64url."""
        return public_of(self.versions[self.newest])


def public_of(key: Private) -> str:
    """What a browser knows a key by, base64url."""
    return packed(point_of(key.public_key()))


def keys_of(instance: Instance) -> PushKeys:
    """The keys of this installation, made at first start; whoever comes first makes them."""
    try:
        return read_keys(instance)
    except FileNotFoundError:
        # A version is when it was made: no later file gives its number to another key.
        made = _text({int(time.time()): _new()})
        instance.write_private(instance.push_keys_file, made, replace=False)
        return read_keys(instance)


def read_keys(instance: Instance) -> PushKeys:
    """The keys of this installation; FileNotFoundError, or InstanceError where they are none."""
    text = instance.read_private(instance.push_keys_file)
    try:
        held = json.loads(text)["versions"]
        versions = {int(number): _read(word) for number, word in held.items()}
        return PushKeys(versions) if versions else _broken(instance)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _broken(instance)


def _broken(instance: Instance) -> PushKeys:
    raise InstanceError(
        f"The push keys {instance.push_keys_file} cannot be read:"
        " put the file back, or move it away and start Tandem, and every phone subscribes anew."
    )


def rotate_keys(instance: Instance) -> int:
    """Add a version; phones take it when their page is opened next. Returns its number."""
    held = read_keys(instance)
    number = max(held.newest + 1, int(time.time()))
    kept = {version: _word(key) for version, key in held.versions.items()}
    instance.write_private(instance.push_keys_file, _text({**kept, number: _new()}))
    return number


def drop_old_keys(instance: Instance) -> int:
    """Forget every version but the newest; what was subscribed with them is told no more."""
    held = read_keys(instance)
    newest = held.versions[held.newest]
    instance.write_private(instance.push_keys_file, _text({held.newest: _word(newest)}))
    return len(held.versions) - 1


def _text(versions: dict[int, str]) -> str:
    return json.dumps({"versions": {str(n): word for n, word in versions.items()}}, indent=1)


def _new() -> str:
    return _word(ec.generate_private_key(ec.SECP256R1()))


def _word(key: Private) -> str:
    return packed(key.private_numbers().private_value.to_bytes(_SCALAR, "big"))


def _read(word: str) -> Private:
    raw = unpacked(word)
    if len(raw) != _SCALAR:
        raise ValueError("no key of this curve")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
