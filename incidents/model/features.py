"""What an organisation may switch on beyond what every room needs. Each asks for more rights."""

from enum import StrEnum


class Feature(StrEnum):
    """Something that rooms work without."""

    LINKS = "links"
    PRIVATE = "private"
    FILES = "files"
    EVIDENCE = "evidence"
    EMAILS = "emails"
    PINS = "pins"
    GROUPS = "groups"
