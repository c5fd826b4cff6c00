"""Messages as electronic mail: plain text and HTML side by side, reports with their files."""

import re
import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from incident.domain.message import Message, MessageKind, Receipt, SendError
from incident.i18n import nearest
from notifiers.settings import MailSettings
from notifiers.wording import banner, encodable, footer, headline, plain, rank

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[^\s<>@,;:\"]+@[^\s<>@,;:\"]+")
_COLOURS = {1: "#b3261e", 2: "#b85c00", 3: "#7a6200", 4: "#1f5fa8"}


class MailNotifier:
    """Sends each message over a connection of its own: pages are rare, and a stale connection costs one."""

    kind: ClassVar[str] = "email"

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings
        self._tls = ssl.create_default_context(cafile=settings.ca_file)

    def send(self, message: Message) -> Receipt:
        """Send one mail to one address. The receipt is its ``Message-ID``. Raises SendError."""
        if not _ADDRESS.fullmatch(message.to):
            raise SendError("bad_address", "not a mail address", permanent=True)
        try:
            mail = compose(message, self.settings)
        except (ValueError, MessageError):
            raise SendError("rejected", "can't be written as a mail", permanent=True) from None
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise _told(error) from None
        try:
            self._prepare(server)
            server.send_message(mail, from_addr=self.settings.sender, to_addrs=[message.to])
        except (smtplib.SMTPException, OSError) as error:
            server.close()
            raise _told(error) from None
        # The mail is accepted; a server that fumbles the farewell must not make it go out twice.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        return Receipt(ref=str(mail["Message-ID"]))

    def close(self) -> None:
        """Nothing to give back."""

    def _connect(self) -> smtplib.SMTP:
        port = self.settings.port or _PORTS[self.settings.security]
        if self.settings.security == "tls":
            return smtplib.SMTP_SSL(self.settings.host, port, timeout=self.settings.timeout, context=self._tls)
        return smtplib.SMTP(self.settings.host, port, timeout=self.settings.timeout)

    def _prepare(self, server: smtplib.SMTP) -> None:
        if self.settings.security == "starttls":
            server.starttls(context=self._tls)
        if self.settings.username is not None and self.settings.password is not None:
            server.login(self.settings.username, self.settings.password.get_secret_value())


def compose(message: Message, settings: MailSettings) -> EmailMessage:
    """The mail for a message. Deterministic: the same message tried again is the same mail. Pure."""
    domain = settings.sender.rpartition("@")[2]
    thread = f"<{_token(message.incident_id)}.incident@{domain}>"
    mail = EmailMessage(policy=SMTP)
    name, _, host = settings.sender.rpartition("@")
    mail["From"] = Address(settings.sender_name, name, host)
    mail["To"] = message.to
    mail["Subject"] = encodable(_subject(message))
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{_token(message.id)}@{domain}>"
    mail["References"] = thread  # mail programs show an incident's mails as one conversation
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail["X-Tocsin-Incident"] = _token(message.incident_id)
    if message.trace:
        mail["X-Tocsin-Trace"] = _token(message.trace)
    if message.drill:
        mail["X-Tocsin-Drill"] = "yes"
    if message.kind is MessageKind.PAGE:
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    mail.set_content(encodable(plain(message)))
    mail.add_alternative(encodable(_html(message)), subtype="html")
    for attachment in message.attachments:
        main, _, sub = attachment.media_type.partition(";")[0].partition("/")
        mail.add_attachment(
            attachment.content,
            maintype=main or "application",
            subtype=sub or "octet-stream",
            filename=_filename(attachment.filename),
        )
    return mail


def _subject(message: Message) -> str:
    title = headline(message)
    if message.kind is MessageKind.REPORT:
        return title
    return f"{title} [{rank(message)} · {_token(message.incident_id)}]"


def _html(message: Message) -> str:
    return _template().render(
        message=message,
        language=nearest(message.language),
        title=headline(message),
        banner=banner(message),
        footer=footer(message),
        colour=_COLOURS.get(message.level, "#444444"),
        paragraphs=[part for part in message.body.split("\n\n") if part.strip()],
        links=[action for action in message.actions if action.url.startswith(("https://", "http://"))],
    )


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("mail.html.j2")


def _token(text: str) -> str:
    # Ids become parts of headers: only the characters that RFC 5322 allows there without quoting.
    return re.sub(r"[^A-Za-z0-9._-]", "-", text).strip(".") or "none"


def _filename(name: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f/\\]", "_", name) or "attachment"


def _told(error: smtplib.SMTPException | OSError) -> SendError:
    """An SMTP failure as a SendError. 4yz is temporary, 5yz permanent (RFC 5321 §4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused(max((code for code, _ in error.recipients.values()), default=550), "bad_address")
    if isinstance(error, smtplib.SMTPConnectError):
        return SendError("unreachable", f"SMTP {error.smtp_code}", permanent=False)
    if isinstance(error, smtplib.SMTPResponseException):
        login = isinstance(error, smtplib.SMTPAuthenticationError)
        return _refused(error.smtp_code, "unauthorized" if login else "rejected")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return SendError("not_configured", "the server lacks a feature the settings ask for", permanent=True)
    # smtplib reports a read that timed out as a lost connection; what really happened is in the context.
    cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) else error
    reason = "timeout" if isinstance(cause, TimeoutError) else "unreachable"
    return SendError(reason, type(error).__name__, permanent=False)


def _refused(code: int, reason: str) -> SendError:
    permanent = code >= 500
    return SendError(reason if permanent else "server_error", f"SMTP {code}", permanent=permanent)
