"""Mail over a real SMTP server: STARTTLS, TLS, login, Chinese file names, and what servers refuse."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from incident.domain.message import Attachment, MessageKind, SendError
from notifiers.mail import MailNotifier, MailSettings
from notifiers.testing import sample

pytestmark = pytest.mark.integration
PASSWORD = "correct horse battery"


@dataclass
class PostOffice:
    """What the server took in, and where it is."""

    port: int
    ca_file: Path
    mails: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd calls it so
        self.mails.append(envelope)
        return "250 OK"

    def read(self) -> EmailMessage:
        """The newest mail."""
        content = self.mails[-1].content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        return mail

    def settings(self, **changes: Any) -> MailSettings:
        """Settings of a sender that fits this server."""
        fields = {
            "host": "127.0.0.1",
            "port": self.port,
            "sender": "tocsin@callcentre.example",
            "username": "tocsin",
            "password": PASSWORD,
            "ca_file": self.ca_file,
            "timeout": 5,
        }
        return MailSettings.model_validate({**fields, **changes})


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    right = (data.login, data.password) == (b"tocsin", PASSWORD.encode())
    return AuthResult(success=right, handled=False)  # not handled: aiosmtpd itself says 535


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server certificate for 127.0.0.1 and the file of the authority that signed it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return context, path


@contextmanager
def running(certificate: tuple[ssl.SSLContext, Path], *, implicit: bool = False, **kwargs: Any) -> Iterator[PostOffice]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    office = PostOffice(port, certificate[1])
    controller = Controller(
        office, hostname="127.0.0.1", port=port, ssl_context=certificate[0] if implicit else None, **kwargs
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


@pytest.fixture
def office(certificate: tuple[ssl.SSLContext, Path]) -> Iterator[PostOffice]:
    """A server that wants STARTTLS and a login before it takes mail."""
    with running(
        certificate, tls_context=certificate[0], require_starttls=True, auth_required=True, authenticator=_login
    ) as opened:
        yield opened


def test_a_page_goes_out_encrypted_and_logged_in(office: PostOffice) -> None:
    """Both forms of the text arrive, the receipt is the mail's id."""
    receipt = MailNotifier(office.settings()).send(sample(to="wang.fang@callcentre.example", drill=True))
    mail = office.read()
    assert mail["Message-ID"] == receipt.ref == "<out-0001@callcentre.example>"
    assert str(mail["Subject"]).startswith("【演练】电话平台无法接入")
    assert office.mails[-1].rcpt_tos == ["wang.fang@callcentre.example"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "近 5 分钟呼入全部失败" in body.get_content()


def test_a_report_arrives_with_its_file(office: PostOffice) -> None:
    """Name and bytes are what they were."""
    file = Attachment("INC-2031 事件报告（终稿）.pdf", "application/pdf", bytes(range(256)) * 40)
    message = sample(kind=MessageKind.REPORT, to="boss@callcentre.example", attachments=(file,))
    MailNotifier(office.settings()).send(message)
    (got,) = office.read().iter_attachments()
    assert got.get_filename() == file.filename
    assert got.get_content() == file.content


def test_a_wrong_password_is_refused_for_good(office: PostOffice) -> None:
    """And is not repeated in the error."""
    with pytest.raises(SendError) as caught:
        MailNotifier(office.settings(password="wrong horse")).send(sample(to="a@b.example"))
    assert (caught.value.reason, caught.value.permanent) == ("unauthorized", True)
    assert "horse" not in str(caught.value)


def test_a_server_that_wants_a_login_refuses_mail_without(office: PostOffice) -> None:
    """The settings lack username and password."""
    with pytest.raises(SendError) as caught:
        MailNotifier(office.settings(username=None, password=None)).send(sample(to="a@b.example"))
    assert caught.value.permanent
    assert office.mails == []


def test_a_certificate_nobody_vouches_for_stops_the_mail(office: PostOffice) -> None:
    """Better no mail than one to an impostor; mended certificates are worth another try."""
    with pytest.raises(SendError) as caught:
        MailNotifier(office.settings(ca_file=None)).send(sample(to="a@b.example"))
    assert (caught.value.reason, caught.value.permanent) == ("unreachable", False)
    assert office.mails == []


def test_tls_from_the_first_byte_works(certificate: tuple[ssl.SSLContext, Path]) -> None:
    """Port 465's way, here without a login."""
    with running(certificate, implicit=True) as office:
        settings = office.settings(security="tls", username=None, password=None)
        MailNotifier(settings).send(sample(to="a@b.example"))
        assert office.read()["To"] == "a@b.example"


def test_a_server_without_starttls_gets_no_mail_in_the_clear(certificate: tuple[ssl.SSLContext, Path]) -> None:
    """There is no silent step down."""
    with running(certificate) as office:
        with pytest.raises(SendError) as caught:
            MailNotifier(office.settings()).send(sample(to="a@b.example"))
        assert (caught.value.reason, caught.value.permanent) == ("not_configured", True)
        assert office.mails == []


def test_a_chinese_address_works_where_the_server_knows_them(certificate: tuple[ssl.SSLContext, Path]) -> None:
    """SMTPUTF8 is used when offered; otherwise the refusal is final."""
    with running(certificate, enable_SMTPUTF8=True) as office:
        settings = office.settings(security="none", username=None, password=None)
        MailNotifier(settings).send(sample(to="王芳@callcentre.example"))
        assert office.mails[-1].rcpt_tos == ["王芳@callcentre.example"]
    with running(certificate, enable_SMTPUTF8=False) as office:
        settings = office.settings(security="none", username=None, password=None)
        with pytest.raises(SendError) as caught:
            MailNotifier(settings).send(sample(to="王芳@callcentre.example"))
        assert caught.value.permanent
