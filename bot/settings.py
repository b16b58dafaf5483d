"""Settings from the environment. Slack's keep Slack's names, ours begin with ``WARROOM_``.

Each may also be read from a file named by the same variable with ``_FILE`` behind it, which is how
container platforms hand out secrets.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.addresses import read_own
from incidents.errors import WarroomError
from incidents.model.seal import SHORTEST_KEY, Seal

Transport = Literal["http", "socket"]
Names = Annotated[tuple[str, ...], NoDecode]  # written with commas or spaces between them


COMMAND = "/incident"
"""What people type in Slack, unless it is set otherwise: nothing else may name it."""


class BadSettings(WarroomError):
    """A setting is missing or wrong; the message names each and says what was expected."""


def _cache_home() -> Path | None:
    """Where this user's caches are (XDG Base Directory Specification); None without a home."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    with suppress(RuntimeError):
        home = home.expanduser()
    return home / "warroom" if home.is_absolute() else None


class Settings(BaseSettings):
    """Everything that is set from the outside. See ``runbooks/operating/settings.md``."""

    model_config = SettingsConfigDict(
        hide_input_in_errors=True,
        frozen=True,
        extra="ignore",
        case_sensitive=False,
        populate_by_name=True,
    )

    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    warroom_slack_api_url: str = "https://slack.com/api/"
    warroom_database_url: str = Field(default="sqlite:///warroom.db", repr=False)
    warroom_config_dir: Path | None = None
    warroom_host: str = "127.0.0.1"
    warroom_port: int = Field(default=8080, ge=1, le=65535)
    warroom_connections_per_source: int = Field(default=200, ge=10)
    warroom_public_url: str = ""
    warroom_transport: Transport = "http"
    warroom_command: str = Field(default=COMMAND, pattern=r"^/[a-z0-9_-]{1,31}$")
    warroom_github_secret: SecretStr = SecretStr("")
    warroom_hook_secret: SecretStr = SecretStr("")
    warroom_spool_dir: Path = Path("warroom-spool")
    warroom_cache_dir: Path | None = Field(default_factory=_cache_home)
    warroom_backup_dir: Path | None = None
    warroom_backup_hours: int = Field(default=24, ge=1, le=24 * 365)
    warroom_backup_keep: int = Field(default=7, ge=1)
    warroom_backup_key: SecretStr = SecretStr("")
    warroom_log: Literal["json", "text", "auto"] = "auto"
    warroom_allow_private_hosts: Names = ()
    warroom_check_hosts: Names = ()
    warroom_probe_place: str = Field(default="home", pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")
    warroom_fallback_smtp_url: SecretStr = SecretStr("")
    warroom_fallback_from: str = ""
    warroom_fallback_webhook_url: SecretStr = SecretStr("")
    warroom_fallback_secret: SecretStr = SecretStr("")
    warroom_ops_email: str = ""
    warroom_pagerduty_url: str = "https://events.pagerduty.com"
    warroom_pagerduty_keys: SecretStr = SecretStr("")
    warroom_pagerduty_webhook_secret: SecretStr = SecretStr("")
    warroom_goalert_keys: SecretStr = SecretStr("")
    warroom_pager_webhook_url: SecretStr = SecretStr("")
    warroom_pager_webhook_secret: SecretStr = SecretStr("")
    warroom_offline_kit_dir: Path | None = None
    warroom_heartbeat_url: SecretStr = SecretStr("")
    warroom_pagerduty_api_token: SecretStr = SecretStr("")
    warroom_pagerduty_api_url: str = "https://api.pagerduty.com"
    warroom_goalert_api_token: SecretStr = SecretStr("")
    warroom_goalert_url: str = ""
    warroom_prometheus_url: str = ""
    warroom_prometheus_token: SecretStr = SecretStr("")
    warroom_prometheus_tenant: str = Field(default="", pattern=r"^[ -~]*$")
    warroom_prometheus_step: Literal["30s", "1m", "5m"] = "1m"
    warroom_audit_key: SecretStr = SecretStr("")
    warroom_audit_old_keys: SecretStr = SecretStr("")
    warroom_audit_anchor: Path | None = None

    @field_validator("warroom_slack_api_url")
    @classmethod
    def _ends_in_a_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"

    @field_validator(
        "warroom_public_url",
        "warroom_pagerduty_api_url",
        "warroom_goalert_url",
        "warroom_prometheus_url",
    )
    @classmethod
    def _ends_in_no_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("warroom_allow_private_hosts", "warroom_check_hosts", mode="before")
    @classmethod
    def _several(cls, written: object) -> object:
        return written.replace(",", " ").split() if isinstance(written, str) else written

    @field_validator("warroom_allow_private_hosts")
    @classmethod
    def _hosts_or_networks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        read_own(names)
        return names

    @field_validator("warroom_audit_key", "warroom_audit_old_keys")
    @classmethod
    def _long_enough(cls, written: SecretStr) -> SecretStr:
        if any(len(key) < SHORTEST_KEY for key in written.get_secret_value().split()):
            raise ValueError(f"a key has at least {SHORTEST_KEY} characters: openssl rand -hex 32")
        return written

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that nobody may read in a log, in every spelling that one might quote."""
        given = (getattr(self, name) for name in type(self).model_fields)
        whole = [one.get_secret_value() for one in given if isinstance(one, SecretStr)]
        urls = [self.warroom_database_url, *(one for one in whole if "://" in one)]
        passwords = [urlsplit(url).password or "" for url in urls]
        several = [
            *self.warroom_audit_old_keys.get_secret_value().split(),
            *self.warroom_pagerduty_webhook_secret.get_secret_value().split(),
        ]
        named = (self.warroom_pagerduty_keys, self.warroom_goalert_keys)
        several += [
            pair.partition("=")[2] for one in named for pair in one.get_secret_value().split()
        ]
        found = {*whole, *several, *passwords, *map(unquote, passwords)}
        return tuple(sorted(found - {""}, key=len, reverse=True))

    @property
    def seal(self) -> Seal:
        """What seals the audit log. Keys are separated by spaces, so they contain none."""
        key = self.warroom_audit_key.get_secret_value().strip()
        old = self.warroom_audit_old_keys.get_secret_value().split()
        return Seal(key.encode(), tuple(each.encode() for each in old))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then files that the environment names."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _FromFiles(settings_cls)


class _FromFiles(PydanticBaseSettingsSource):
    """``SLACK_BOT_TOKEN_FILE=/run/secrets/token`` reads the token from there."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the file, without the line end behind it."""
        del field
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            raise BadSettings(
                f"{field_name.upper()}_FILE names {path}, which cannot be read: {error.strerror}."
            ) from None

    def __call__(self) -> dict[str, Any]:
        """Every setting that a file gives."""
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, name)
            if value is not None:
                found[name] = value
        return found


def read_settings() -> Settings:
    """The settings of this process. Raises `BadSettings` with every fault in them."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()]
        raise BadSettings("; ".join(faults)) from None


def read_secret(name: str) -> str:
    """What the configuration refers to by a variable's name, from it or from the file it names."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def needed_to_serve(settings: Settings) -> tuple[str, ...]:
    """The names of settings that serving needs and that are missing."""
    wanted = {"SLACK_BOT_TOKEN": settings.slack_bot_token}
    if settings.warroom_transport == "http":
        wanted["SLACK_SIGNING_SECRET"] = settings.slack_signing_secret
    else:
        wanted["SLACK_APP_TOKEN"] = settings.slack_app_token
    return tuple(name for name, value in wanted.items() if not value.get_secret_value())
