"""Carries messages to people whom Slack does not reach: by e-mail, and to a webhook.

Neither can be asked afterwards whether a message arrived, so what is ambiguous is sent again under
the same name: ``Message-ID`` and ``webhook-id`` come from the effect's key, and whoever compares
them sees that it is the same message.
"""

import base64
import binascii
import functools
import hashlib
import hmac
import json
import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from bot.clock import Clock, monotonic
from bot.outgoing import Answer, Outgoing
from incidents.actions.deliver import Ambiguous, Dead, Declined, NotSent, Throttled
from incidents.model.effects import EffectKind, Receipt
from incidents.model.text import clean_line
from incidents.store.engine import transactions_open
from incidents.store.outbox import Claimed

_SECONDS = 8.0  # for a webhook, and for everything before a mail's text; the text has as much again
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_OK, _REDIRECT, _TIMEOUT, _TOO_MANY, _SERVER = 200, 300, 408, 429, 500
_SMTP_PERMANENT = 500
_LINES = SMTP.clone(cte_type="7bit")  # what every server takes


@dataclass(frozen=True, slots=True)
class MailServer:
    """``smtp`` is encrypted by STARTTLS or refused, ``smtps`` from the start, ``smtp+plain`` never.

    ``sender`` is what stands in ``From``.
    """

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Signed with ``key`` as https://www.standardwebhooks.com says."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)


def read_mail_server(url: str, sender: str) -> MailServer:
    """``smtp://user:password@host:587``. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("WARROOM_FALLBACK_SMTP_URL: expected smtp://user:password@host:587")
    if "@" not in parseaddr(sender)[1]:
        raise ValueError("WARROOM_FALLBACK_FROM: a mail server needs an address to send from")
    return MailServer(
        parts.scheme,
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        sender,
    )


def read_webhook(url: str, secret: str, setting: str = "WARROOM_FALLBACK_SECRET") -> Webhook:
    """A webhook whose receiver can tell that it is us. Raises ValueError."""
    if not secret:
        raise ValueError(f"{setting}: a webhook needs a secret to be signed with")
    try:
        key = secret.removeprefix("whsec_")
        return Webhook(url, base64.b64decode(key, validate=True) if key != secret else key.encode())
    except binascii.Error:
        raise ValueError(f"{setting}: begins with whsec_ and is no base64") from None


@functools.cache
def _trusted(_file: str | None) -> ssl.SSLContext:
    """The authorities that the system trusts: a mail server is often known in the house only.

    They are read once for each ``_file`` that the system is told to find them in.
    """
    return ssl.create_default_context()


class FallbackCourier:
    """Hands messages to a mail server and to a webhook, whichever are set."""

    kinds = frozenset({EffectKind.NOTIFY})

    def __init__(
        self,
        outgoing: Outgoing,
        clock: Clock,
        *,
        mail: MailServer | None = None,
        webhook: Webhook | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._mail = mail
        self._webhook = webhook
        self._trust = trust or _trusted(os.environ.get("SSL_CERT_FILE"))

    def probe(self, effect: Claimed) -> Receipt | None:
        """Nobody can be asked. The name of the message is the same each time."""
        del effect
        return None

    def carry(self, effect: Claimed) -> Receipt:
        """Send it. Raises what every courier raises."""
        if transactions_open():
            raise RuntimeError("No network inside a transaction.")
        if effect.args["by"] == "webhook":
            return self._call(effect)
        return self._send(effect)

    # By e-mail.

    def _send(self, effect: Claimed) -> Receipt:
        if self._mail is None:
            raise Dead("no mail server is set: WARROOM_FALLBACK_SMTP_URL")
        try:
            letter = self._write(effect, self._mail)
        except ValueError as error:
            raise Dead(f"that cannot be written as an e-mail: {error}") from error
        begun = monotonic()
        with _failures_before(self._mail), self._connect(self._mail) as server:
            _envelope(server, self._mail, str(effect.args["to"]))
            if monotonic() - begun > _SECONDS:
                raise NotSent(f"{self._mail.host} is too slow")
            _hand_over(server, letter, self._mail)
        return Receipt({"message_id": str(letter["Message-ID"])})

    def _write(self, effect: Claimed, mail: MailServer) -> EmailMessage:
        args = effect.args
        letter = EmailMessage(policy=_LINES)
        letter["From"] = mail.sender
        letter["To"] = str(args["to"])
        letter["Subject"] = clean_line(str(args["subject"])).raw
        letter["Date"] = format_datetime(effect.created_at)
        domain = parseaddr(mail.sender)[1].rpartition("@")[2]
        letter["Message-ID"] = f"<{_digest(effect.key)}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # nobody's absence is answered to it
        letter["X-Warroom-Effect"] = clean_line(effect.key).raw
        letter.set_content(str(args["text"]))
        return letter

    @contextmanager
    def _connect(self, mail: MailServer) -> Iterator[smtplib.SMTP]:
        """A connection that is encrypted, unless it was said that it need not be."""
        if mail.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                mail.host, mail.port, timeout=_SECONDS, context=self._trust
            )
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=_SECONDS)
        try:
            if mail.scheme == "smtp":
                server.starttls(context=self._trust)
            if mail.user:
                server.login(mail.user, mail.password)
            yield server
        finally:
            server.close()

    # To a webhook.

    def _call(self, effect: Claimed) -> Receipt:
        if self._webhook is None:
            raise Dead("no webhook is set: WARROOM_FALLBACK_WEBHOOK_URL")
        body = _payload(effect)
        headers = signed(self._webhook, effect.key, str(int(self._clock().timestamp())), body)
        answer = self._outgoing.post(self._webhook.url, body, headers=headers, seconds=_SECONDS)
        judge(answer, "the webhook")
        return Receipt({"status": answer.status})


@contextmanager
def _failures_before(mail: MailServer) -> Iterator[None]:
    """Whatever goes wrong before the text is sent: the server has taken no message."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refused(code, said) from error
    except smtplib.SMTPAuthenticationError as error:
        # A password is put right by a person; until then what has to be said keeps waiting.
        raise NotSent(f"{mail.host} refuses the user's name or password") from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        what = f"{mail.host} offers no STARTTLS or no login; smtp+plain:// sends in the clear"
        raise Dead(what) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"{mail.host} cannot be reached ({type(error).__name__})") from error


def _envelope(server: smtplib.SMTP, mail: MailServer, to: str) -> None:
    """Who it is from and for. Raises smtplib's errors for a refusal."""
    address = parseaddr(to)[1]
    if "@" not in address or not address.isascii():
        raise Dead(f"{to} is no e-mail address")
    server.ehlo_or_helo_if_needed()
    code, said = server.mail(parseaddr(mail.sender)[1])
    if code != 250:  # noqa: PLR2004 (SMTP's own word for yes)
        raise smtplib.SMTPResponseException(code, said)
    code, said = server.rcpt(address)
    if code not in {250, 251}:
        raise smtplib.SMTPRecipientsRefused({to: (code, said)})


def _hand_over(server: smtplib.SMTP, letter: EmailMessage, mail: MailServer) -> None:
    """The text. From here on a lost answer says nothing about the message."""
    try:
        code, said = server.data(letter.as_bytes())
    except smtplib.SMTPDataError:
        raise
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        what = f"{mail.host} did not say whether it took it ({type(error).__name__})"
        raise Ambiguous(what) from error
    if code != 250:  # noqa: PLR2004 (SMTP's own word for yes)
        raise smtplib.SMTPDataError(code, said)


def _refused(code: int, said: bytes | str) -> NotSent | Dead:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    what = f"the mail server says {code} {clean_line(words).raw}"
    return Declined(what) if code >= _SMTP_PERMANENT else NotSent(what)


def _payload(effect: Claimed) -> bytes:
    args = effect.args
    value = {
        "type": f"warroom.{args['purpose']}",
        "timestamp": effect.created_at.isoformat(),
        "data": {
            "incident": None if effect.incident is None else f"INC-{effect.incident}",
            "person": {
                "id": args["person"],
                "name": args["name"],
                "email": args["to"],
                "phone": args["phone"],
            },
            "because": args["because"],
            "subject": args["subject"],
            "text": args["text"],
        },
    }
    return json.dumps(value, ensure_ascii=False).encode()


def signed(hook: Webhook, name: str, stamp: str, body: bytes) -> dict[str, str]:
    """The headers of a message ``name``, sent at ``stamp``."""
    content = b".".join((name.encode(), stamp.encode(), body))
    signature = hmac.digest(hook.key, content, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def judge(answer: Answer, who: str) -> None:
    """Nothing for a yes. Raises `Throttled`, `Ambiguous` or `Declined` for everything else."""
    if _OK <= answer.status < _REDIRECT:
        return
    if answer.status in {_TIMEOUT, _TOO_MANY}:
        after = answer.headers.get("retry-after", "")
        raise Throttled(min(float(after), 600.0) if after.isdigit() else 30.0)
    if answer.status >= _SERVER:
        raise Ambiguous(f"{who} answered {answer.status}")
    raise Declined(f"{who} answered {answer.status}")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
