"""Telephone numbers by country, judged by the numbering plans of the ``phonenumbers`` library.

Digits alone are never a telephone number here: a plus sign, an area code set apart, or a word must say so, because
logs and chats are full of other numbers of the same length.
"""

import re

import phonenumbers

from detectors.scan.context import is_serial, is_telephone, stands_alone

REGIONS = ("CN", "HK", "TW", "US", "GB", "DE", "FR", "JP", "AU", "SE", "DK", "IT", "ES", "BR", "IN", "CH", "NL", "PL")
"""Plans a number without country code is tried under, once a word says that it is a telephone number."""
_HOTLINE = re.compile(r"\(?[48]00|95[0-9]{3}|1[0-2][0-9]{2,4}$|96[0-9]{3,4}$")
_EXTENSION = re.compile(r"(?:x|ext\.? ?|转)[0-9]{1,5}$", re.IGNORECASE)


def international(plain: str, start: int, end: int) -> bool:
    """``+`` and a number that exists in its country's plan; after a word for a telephone, one of a possible length."""
    if not stands_alone(plain, start, end):
        return False
    found = _parsed(plain[start:end], None)
    if found is None:
        return False
    return phonenumbers.is_valid_number(found) or (
        phonenumbers.is_possible_number(found) and is_telephone(plain, start)
    )


def landline(plain: str, start: int, end: int) -> bool:
    """A Chinese number with its area code set apart."""
    value = plain[start:end]
    if not stands_alone(plain, start, end) or is_serial(plain, start):
        return False
    if value.replace("(", "").isdigit() and not is_telephone(plain, start):
        return False
    found = _parsed(value, "CN")
    return found is not None and phonenumbers.is_valid_number(found)


def north_american(plain: str, start: int, end: int) -> bool:
    """Three, three and four digits set apart, an area code that exists."""
    if not stands_alone(plain, start, end) or is_serial(plain, start):
        return False
    found = _parsed(plain[start:end], "US")
    return found is not None and phonenumbers.is_valid_number(found)


def spoken_of(plain: str, start: int, end: int) -> bool:
    """A number after a word for a telephone, of a length some country's plan allows; not a public hotline."""
    value = plain[start:end]
    if _HOTLINE.match(value) or not stands_alone(plain, start, end):
        return False
    if is_serial(plain, start) or not is_telephone(plain, start):
        return False
    if sum(char.isdigit() for char in value) < 7:
        return False
    numbers = (_parsed(value, region) for region in REGIONS)
    return any(found is not None and phonenumbers.is_valid_number(found) for found in numbers) or _is_punctuated(value)


def _is_punctuated(value: str) -> bool:
    """Groups of digits as telephone numbers are written, for plans not tried."""
    groups = re.findall("[0-9]+", _EXTENSION.sub("", value))
    return 2 <= len(groups) <= 6 and all(2 <= len(group) <= 8 for group in groups)


def _parsed(value: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(_EXTENSION.sub("", value), region)
    except phonenumbers.NumberParseException:
        return None
