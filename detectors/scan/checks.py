"""Checksums and plausibility: what tells an identity number from any other row of digits."""

from datetime import date
from operator import mul

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for region in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in region
)
_ANY_LENGTH = tuple(range(12, 20))
_ISSUERS = (
    (6200, 6299, (16, 17, 18, 19)),  # UnionPay
    (9558, 9558, (19,)),  # ICBC, older than UnionPay's own range and still in many wallets
    (4000, 4999, (16, 19)),  # Visa
    (5100, 5599, (16,)),  # Mastercard
    (2221, 2720, (16,)),  # Mastercard
    (3528, 3589, (16,)),  # JCB
    (2200, 2204, (16,)),  # Mir
    (6011, 6011, (16, 19)),  # Discover
    (6440, 6599, (16, 19)),  # Discover
)
"""First four digits from, to, and the lengths such a card may have."""
_RARE_ISSUERS = (
    (4000, 4999, (13,)),  # Visa, old
    (3400, 3499, (15,)),  # American Express
    (3700, 3799, (15,)),  # American Express
    (1800, 1800, (15,)),  # JCB, old
    (2131, 2131, (15,)),  # JCB, old
    (3000, 3059, (14,)),  # Diners Club
    (3600, 3699, (14,)),  # Diners Club
    (3800, 3999, (14,)),  # Diners Club
    (3500, 3599, (16,)),  # JCB's neighbours
    (5000, 5099, _ANY_LENGTH),  # Maestro
    (5600, 5899, _ANY_LENGTH),  # Maestro
    (6000, 6099, _ANY_LENGTH),  # regional banks in China, RuPay
    (6300, 6999, _ANY_LENGTH),  # Maestro, regional banks in China
    (8100, 8171, (16, 17, 18, 19)),  # UnionPay, seldom issued
    (9000, 9999, (16, 17, 18, 19)),  # regional banks in China
)
"""Lengths and ranges in which other numbers are far more common than cards: only with a word or groups of digits."""
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def resident_id(number: str) -> bool:
    """A mainland resident identity number (GB 11643): province, a real birth date, and the MOD 11-2 check."""
    if number[:2] not in _PROVINCES:
        return False
    total = sum(map(mul, _ID_WEIGHTS, map(int, number[:17])))
    return _ID_CHECK[total % 11] == number[17].upper() and _is_birth(number[6:14])


def old_resident_id(number: str) -> bool:
    """The 15 digits issued before 1999: province and a real birth date, no check digit."""
    return number[:2] in _PROVINCES and _is_birth("19" + number[6:12])


def _is_birth(digits: str) -> bool:
    try:
        return 1880 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2099
    except ValueError:
        return False


def luhn(number: str) -> bool:
    """The check digit of bank cards (ISO/IEC 7812)."""
    total = 0
    for place, char in enumerate(reversed(number)):
        total += _DOUBLED[int(char)] if place % 2 else int(char)
    return total % 10 == 0


def bank_card(number: str) -> bool:
    """A card of a widespread scheme: issuer range and length fit, the check digit is right, not all digits alike."""
    return _is_card(number, _ISSUERS)


def rare_card(number: str) -> bool:
    """A card of a scheme whose numbers look like much else: needs a word or the groups a card is printed in."""
    return _is_card(number, _RARE_ISSUERS)


def _is_card(number: str, issuers: tuple[tuple[int, int, tuple[int, ...]], ...]) -> bool:
    if not luhn(number) or len(set(number)) == 1:
        return False
    prefix, size = int(number[:4]), len(number)
    return any(low <= prefix <= high and size in sizes for low, high, sizes in issuers)


def iban(text: str) -> bool:
    """An international bank account number: the country's length and MOD 97 (ISO 13616)."""
    number = text.upper()
    if IBAN_LENGTHS.get(number[:2]) != len(number):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def social_security(number: str) -> bool:
    """A number the US Social Security Administration could have issued."""
    return number[:3] not in ("000", "666") and number[0] != "9" and number[3:5] != "00" and number[5:] != "0000"
