"""One web push message: encrypted for one browser (RFC 8291), signed by us (RFC 8292)."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tandem.paging.rules import packed

Private = ec.EllipticCurvePrivateKey
# One length for every message: its size tells neither language nor words.
PLAIN_BYTES = 128
RECORD_BYTES = 4096
SALT_BYTES = 16
_LAST = b"\x02"
_SIGNED_FOR = timedelta(hours=12)


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    plain: bytes,
    *,
    to: bytes,
    auth: bytes,
    sender: Private | None = None,
    salt: bytes | None = None,
    pad_to: int = PLAIN_BYTES,
) -> bytes:
    """The body of a push message, aes128gcm; ValueError for a key that is no point of the curve.

    `to` and `auth` are the subscription's raw key (65 bytes) and secret (16 bytes). `sender` and
    `salt` are made anew for each message; a test gives those of the standard's example.
    """
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or secrets.token_bytes(SALT_BYTES)
    browser = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to)
    own = point_of(sender.public_key())
    shared = _extract(auth, sender.exchange(ec.ECDH(), browser))
    material = _expand(shared, b"WebPush: info\x00" + to + own, 32)
    key = _extract(salt, material)
    cipher = AESGCM(_expand(key, b"Content-Encoding: aes128gcm\x00", 16))
    nonce = _expand(key, b"Content-Encoding: nonce\x00", 12)
    record = cipher.encrypt(nonce, plain + _LAST + bytes(max(0, pad_to - len(plain))), None)
    return salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(own)]) + own + record


def _extract(salt: bytes, material: bytes) -> bytes:
    mac = hmac.HMAC(salt, hashes.SHA256())
    mac.update(material)
    return mac.finalize()


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(hashes.SHA256(), length, info).derive(key)


def authorization(endpoint: str, key: Private, *, contact: str, at: datetime) -> str:
    """The header by which a push service knows whose subscription this is."""
    parts = urlsplit(endpoint)
    claims: dict[str, object] = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((at + _SIGNED_FOR).timestamp()),
    }
    if contact:
        claims["sub"] = contact
    words = [json.dumps(part, separators=(",", ":")).encode() for part in (_HEAD, claims)]
    signed = ".".join(packed(word) for word in words)
    first, second = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    signature = packed(first.to_bytes(32, "big") + second.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={packed(point_of(key.public_key()))}"


_HEAD = {"typ": "JWT", "alg": "ES256"}
