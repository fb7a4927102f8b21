"""A viewer's place in the stream as an opaque word: bound to the session, telling no volume."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Cursors:
    """Makes and reads cursors with a key derived from the installation's secret."""

    def __init__(self, secret: str) -> None:
        self._box = AESGCM(hmac.digest(secret.encode(), b"stream cursor", hashlib.sha256))

    def word(self, place: int, viewer: bytes) -> str:
        """The place as a word for this viewer alone."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._box.encrypt(nonce, place.to_bytes(8, "big"), viewer)
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def place(self, word: str, viewer: bytes) -> int | None:
        """The place again; none for a word that is not this viewer's."""
        try:
            raw = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
            return int.from_bytes(self._box.decrypt(raw[:_NONCE], raw[_NONCE:], viewer), "big")
        except (InvalidTag, ValueError, binascii.Error):
            return None
