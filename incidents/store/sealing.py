"""A stream that nobody can read without the key, nor change without its being noticed.

AES-256-GCM over chunks of 64 KiB. Each chunk's nonce counts it and says whether it is the last (the
STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so none can be exchanged, left
out or cut off. The key comes from a passphrase through scrypt with a salt of the file's own.
"""

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from incidents.errors import Refused

MAGIC = b"warroom sealed 1\n"
_SALT = 16
_CHUNK = 64 * 1024
_TAG = 16


class Unreadable(Refused):
    """The key is wrong, or the stream was changed or cut off."""


class SealedWriter(io.RawIOBase):
    """Seals what is written to it. Only `finish` makes the stream whole."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        salt = os.urandom(_SALT)
        self._out = out
        self._header = MAGIC + salt
        self._cipher = _cipher(passphrase, salt)
        self._rest = bytearray()
        self._count = 0
        out.write(self._header)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Take bytes; a chunk goes out once it cannot be the last."""
        given = bytes(data)  # type: ignore[call-overload]
        self._rest += given
        while len(self._rest) > _CHUNK:
            self._seal(bytes(self._rest[:_CHUNK]), is_last=False)
            del self._rest[:_CHUNK]
        return len(given)

    def finish(self) -> None:
        """Write the last chunk, which may be empty."""
        self._seal(bytes(self._rest), is_last=True)
        self._rest.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._count, is_last=is_last)
        self._out.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._count += 1


class SealedReader(io.RawIOBase):
    """Reads what `SealedWriter` wrote. Raises `Unreadable` at the first chunk that does not fit.

    ``raw`` is at its beginning, and gives as much as it is asked for unless it ends.
    """

    def __init__(self, raw: BinaryIO, passphrase: str) -> None:
        self._raw = raw
        self._header = raw.read(len(MAGIC) + _SALT)
        self._cipher = _cipher(passphrase, self._header[len(MAGIC) :])
        self._ahead = raw.read(_CHUNK + _TAG)
        self._count = 0
        self._rest = b""
        self._is_over = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """As `io.RawIOBase` has it."""
        while not self._rest and not self._is_over:
            self._open()
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _open(self) -> None:
        sealed, self._ahead = self._ahead, self._raw.read(_CHUNK + _TAG)
        self._is_over = not self._ahead
        nonce = _nonce(self._count, is_last=self._is_over)
        try:
            self._rest = self._cipher.decrypt(nonce, sealed, self._header)
        except InvalidTag:
            raise Unreadable(
                "The key does not fit, or the file was changed."
                if self._count == 0
                else f"The file was changed or cut off after {self._count * _CHUNK} bytes.",
                instead="Check WARROOM_BACKUP_KEY, or use another copy.",
            ) from None
        self._count += 1


def is_sealed(beginning: bytes) -> bool:
    """Whether a file that begins like this was sealed."""
    return beginning.startswith(MAGIC)


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    """32 MiB and about 0.2 s for each guess: what OWASP asks for in 2025 (N=2^15, r=8, p=3)."""
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=3).derive(passphrase.encode()))


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([is_last])
