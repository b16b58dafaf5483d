"""What a file is, is read from what is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.evidence import KINDS, filename, kind_of, too_large


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg onload=alert(1)>", "text/plain"),
        (b"<html><script>", "text/plain"),
        ("Zürich 東京\n".encode(), "text/plain"),
        (b"MZ\x90\x00", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_a_file_is_what_is_in_it(content: bytes, media: str | None) -> None:
    kind = kind_of(content)

    assert (kind.media if kind else None) == media


@given(st.binary(max_size=200))
def test_only_pictures_are_ever_shown(content: bytes) -> None:
    kind = kind_of(content)

    assert kind is None or not kind.is_picture or kind.media.startswith("image/")
    assert kind is None or KINDS[kind.media] is kind


@given(st.text(), st.text())
def test_the_name_outside_is_safe_whatever_the_file_is_called(name: str, media: str) -> None:
    found = filename("INC-1", {"name": name, "media": media, "hash": "ab" * 32})

    assert found == f"INC-1-abababababab.{KINDS[media].ending if media in KINDS else 'txt'}"


def test_what_is_too_large_is_said_in_numbers() -> None:
    assert too_large(10_000_000, 10_000_000) == ""
    assert too_large(12_300_000, 10_000_000) == "it has 12.3 MB, and 10 MB are kept at most"
