"""What detectors name in their evidence, as people call it: complaint classes, kinds of personal data and secrets."""

from incident.i18n import Translate

PARTS: dict[str, str] = {
    "product_quality": "product quality",
    "service_attitude": "service attitude",
    "service_process": "service process",
    "price": "price",
    "other": "other",
    "resident_id": "resident identity number",
    "bank_card": "bank card number",
    "cn_mobile": "mobile number (mainland China)",
    "us_ssn": "US social security number",
    "iban": "international bank account number",
    "phone": "telephone number",
    "email": "e-mail address",
    "passport": "passport number",
    "car_plate": "vehicle registration number",
    "address": "postal address",
    "ip_address": "IP address",
    "private_key": "private key",
    "aws_key": "AWS access key",
    "aliyun_key": "Alibaba Cloud access key",
    "tencent_key": "Tencent Cloud key",
    "github_token": "GitHub token",
    "slack_token": "Slack token",
    "google_key": "Google API key",
    "stripe_key": "Stripe key",
    "service_token": "access token of a service",
    "jwt": "JSON web token",
    "connection_string": "password in an address",
    "credential": "password or secret",
}
"""A test holds them, and their translations, to what the detectors know."""


def part_text(name: str, t: Translate) -> str:
    """Where a part of a finding comes from; a queue's or a user's name is shown as it stands."""
    return t(PARTS[name]) if name in PARTS else name


def sample_text(sample: str, t: Translate) -> str:
    """A masked sample, what it is before a colon."""
    name, colon, rest = sample.partition(":")
    return f"{part_text(name, t)}{colon}{rest}"
