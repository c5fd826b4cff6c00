"""Personal data: identity, bank cards, telephone numbers, addresses.

Between a Chinese character and a digit there is no ``\\b``, so values are fenced by look-arounds.
"""

import ipaddress
import re

from detectors.scan import checks, context, phones
from detectors.scan.pattern import FindingType, Pattern, pattern

TYPES = (
    FindingType("resident_id", "resident identity number", keep=(3, 0)),
    FindingType("bank_card", "bank card number", keep=(0, 4)),
    FindingType("cn_mobile", "mobile number (mainland China)", grave=False, keep=(3, 2)),
    FindingType("us_ssn", "US social security number", keep=(0, 2)),
    FindingType("iban", "international bank account number", keep=(4, 0)),
    FindingType("phone", "telephone number", grave=False, keep=(3, 0)),
    FindingType("email", "e-mail address", grave=False, keep=(1, 0)),
    FindingType("passport", "passport number", keep=(1, 0)),
    FindingType("car_plate", "vehicle registration number", grave=False, keep=(2, 0)),
    FindingType("address", "postal address", grave=False, keep=(3, 0)),
    FindingType("ip_address", "IP address", grave=False, keep=(2, 0), common=False),
)

_BARE = str.maketrans("", "", " -.")
_NO_MAIL = frozenset((
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "js", "ts", "css", "html", "htm", "json", "xml", "yaml",
    "yml", "py", "java", "class", "jar", "so", "dll", "tgz", "gz", "zip", "whl", "lock", "md", "txt", "log",
    "service", "socket", "target",
))  # fmt: skip
_LOCAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_S = r"[ .-]{0,3}"


def _resident_id(plain: str, start: int, end: int) -> bool:
    return _apart(plain, start, end) and checks.resident_id(plain[start:end].translate(_BARE))


def _old_resident_id(plain: str, start: int, end: int) -> bool:
    number = plain[start:end].translate(_BARE)
    return checks.old_resident_id(number) and _apart(plain, start, end) and context.is_identity(plain, start)


def _bank_card(plain: str, start: int, end: int) -> bool:
    value = plain[start:end]
    number = value.translate(_BARE)
    if not _apart(plain, start, end) or context.is_serial(plain, start):
        return False
    if checks.bank_card(number):
        return True
    # Digits in groups are written so that people can read them, as on a card.
    if not checks.rare_card(number):
        return False
    return context.is_card(plain, start) or ("." not in value and len(value) > len(number))


def _cn_mobile(plain: str, start: int, end: int) -> bool:
    value = plain[start:end]
    if value[0] != "1" and plain[start - 1 : start] == "+":
        return context.stands_alone(plain, start, end)
    return _apart(plain, start, end) and not context.is_serial(plain, start)


def _apart(plain: str, start: int, end: int) -> bool:
    if start > 1 and plain[start - 1] in "-." and plain[start - 2].isascii() and plain[start - 2].isdigit():
        return False
    return context.stands_alone(plain, start, end)


def _ssn(plain: str, start: int, end: int) -> bool:
    value = plain[start:end]
    if not checks.social_security(value.translate(_BARE)) or not context.stands_alone(plain, start, end):
        return False
    if context.is_social(plain, start):
        return True
    return "-" in value and not context.is_serial(plain, start) and not context.is_telephone(plain, start)


def _iban(plain: str, start: int, end: int) -> bool:
    return checks.iban(plain[start:end].translate(_BARE))


def _email(plain: str, start: int, end: int) -> bool:
    name, _, domain = plain[start:end].rpartition("@")
    *labels, top = domain.lower().split(".")
    if name == "git" or top in _NO_MAIL or name.startswith("."):
        return False
    return sum(label.isdigit() for label in labels) < 2


def _plate(plain: str, start: int, end: int) -> bool:
    digits = sum(char.isdigit() for char in plain[start + 2 : end])
    return digits >= 2 or context.is_plate(plain, start)


def _ip(plain: str, start: int, end: int) -> bool:
    try:
        found = ipaddress.ip_address(plain[start:end])
    except ValueError:
        return False
    return not (found.is_loopback or found.is_unspecified or found.is_multicast)


_ROAD = "路街道巷弄里村组庄屯坊园苑城厦座幢栋同"
_HOUSE = r"[0-9一二三四五六七八九十百零〇]{1,6}(?:[-之][0-9]{1,4})?(?:号|弄|巷|栋|幢|组|室)"
_PLACE = re.compile(
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
    r"|青海|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|台湾)[\u4e00-\u9fff]*$"
)
_AREA = re.compile(r"[\u4e00-\u9fff]{2,3}[市区县镇乡州旗][\u4e00-\u9fff]*$")
_LEAD = re.compile(r".*(?:地址|住址|住在|家住|居住|寄到|寄往|送到|送至|位于|住|在|是|为|到|至)", re.DOTALL)
_CORE = 34


def _address(plain: str, start: int, end: int) -> tuple[int, int] | None:
    """From the province, city or district on; without one of them a road and number may be anything's."""
    first = max(0, start - _CORE)
    found = _PLACE.search(plain, first, start) or _AREA.search(plain, first, start)
    if found is None:
        return None
    lead = _LEAD.match(plain, found.start(), start)
    return (lead.end() if lead and _AREA.search(plain, lead.end(), start) else found.start()), end


PERSONAL: tuple[Pattern, ...] = (
    pattern(
        "email",
        r"(?<![A-Za-z0-9._%+*-])[A-Za-z0-9._%+-]{1,64}@"
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])",
        accept=_email,
        anchors=("@",),
        before=_LOCAL,
        back=64,
    ),
    pattern(
        "passport",
        r"(?:passport|护照|通行证|台胞证|回乡证)[^0-9\n]{0,12}?(?<![A-Za-z0-9])"
        r"(?P<value>[A-Z][A-Z]?[0-9]{7,8}|[0-9]{9})(?![0-9A-Za-z*])",
        anchors=("passport", "护照", "通行证", "台胞证", "回乡证"),
        folded=True,
    ),
    pattern(
        "car_plate",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][ ·•・.-]?"
        r"(?:[0-9]{5}[DFdf]|[A-HJ-NP-Za-hj-np-z][A-HJ-NP-Za-hj-np-z0-9][0-9]{4}|[A-HJ-NP-Za-hj-np-z0-9]{5}"
        r"|[A-HJ-NP-Za-hj-np-z0-9]{4}[挂学警港澳领])(?![0-9A-Za-z*])",
        accept=_plate,
    ),
    pattern(
        "address",
        rf"[{_ROAD}]{_HOUSE}(?:[0-9A-Za-z]{{1,5}}(?:号楼|单元|栋|幢|室|层|楼|座|号|弄|户)){{0,4}}(?:[0-9]{{2,4}}(?![0-9]))?",
        widen=_address,
    ),
    pattern(
        "iban",
        r"[A-Za-z](?<![A-Za-z0-9][A-Za-z])[A-Za-z][0-9]{2}"
        r"(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9*])",
        accept=_iban,
    ),
    pattern(
        "ip_address",
        r"(?<![0-9A-Za-z.*])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z*]|\.[0-9])",
        accept=_ip,
    ),
    pattern(
        "ip_address",
        r"(?<![0-9A-Za-z:.*])(?:[0-9A-Fa-f]{1,4}:|:){2,7}(?:[0-9A-Fa-f]{1,4})?(?![0-9A-Za-z:*])",
        accept=_ip,
        anchors=("::", ":"),
        before="0123456789abcdefABCDEF",
        back=4,
    ),
)

NUMBERS: tuple[Pattern, ...] = (
    pattern(
        "resident_id",
        rf"(?<![0-9])(?:[1-8][0-9]{{5}}{_S}(?:18|19|20)[0-9]{{2}}{_S}[01][0-9]{_S}[0-3][0-9]{_S}[0-9]{{3}}{_S}[0-9Xx]"
        r"|[1-8][0-9]{2}(?P<t>[ .-]{1,2})(?:[0-9]{3}(?P=t)){4}[0-9]{2}[0-9Xx]"
        r"|[1-8][0-9]{3}(?P<f>[ .-]{1,2})(?:[0-9]{4}(?P=f)){3}[0-9][0-9Xx]"
        r"|[1-8](?P<o>[ .-])(?:[0-9](?P=o)){16}[0-9Xx])(?![0-9A-Za-z*])",
        accept=_resident_id,
        digits=17,
        solid=(17, 18),
    ),
    pattern(
        "bank_card",
        r"(?<![0-9])(?:[1-9][0-9]{11,18}"
        r"|[2-9][0-9]{3}(?P<s>[ .-]{1,2})[0-9]{4}(?P=s)[0-9]{4}(?:(?P=s)[0-9]{4})?(?:(?P=s)[0-9]{1,4})?"
        r"|3[0-9]{3}[ .-]{1,2}[0-9]{6}[ .-]{1,2}[0-9]{4,5}|[2-9][0-9]{5}[ -][0-9]{10,13}"
        r"|[2-9](?P<o>[ .-])[0-9](?:(?P=o)[0-9]){12,17})(?![0-9])",
        accept=_bank_card,
        digits=12,
        solid=tuple(range(12, 20)),
    ),
    pattern(
        "resident_id",
        r"(?<![0-9])[1-8][0-9]{14}(?![0-9])",
        accept=_old_resident_id,
        digits=15,
        solid=(15,),
    ),
    pattern(
        "cn_mobile",
        rf"(?<![0-9])(?:(?:\+|00)?86{_S})?1(?:[3-9][0-9](?:(?P<s>{_S})[0-9]{{4}}(?P=s)[0-9]{{4}}|{_S}[0-9]{{8}})"
        r"|(?P<o>[ .-]{1,2})[3-9](?:(?P=o)[0-9]){9})(?![0-9])",
        accept=_cn_mobile,
        digits=11,
        solid=(11, 13, 15),
    ),
    pattern(
        "us_ssn",
        r"(?<![0-9])[0-8][0-9]{2}([ -])[0-9]{2}\1[0-9]{4}(?![0-9])",
        accept=_ssn,
        digits=9,
    ),
)
"""Tried in this order within a run of digits; what one has taken the next can't."""

TELEPHONES: tuple[Pattern, ...] = (
    pattern(
        "phone",
        r"\+ ?[1-9][0-9]{0,3}(?:[ ().-]{0,3}[0-9]){6,13}(?: ?(?:x|ext\.?|转) ?[0-9]{1,5})?(?![0-9])",
        accept=phones.international,
        anchors=("+",),
    ),
    pattern(
        "phone",
        r"[0(](?<![0-9][0(])(?:(?<=\()0)?(?:10|2[0-9]|[3-9][0-9]{2})(?:\) ?|[ -])"
        r"[2-9][0-9]{2,3}[ -]?[0-9]{4}(?:(?:转|-)[0-9]{1,5})?(?![0-9])",
        accept=phones.landline,
    ),
    pattern(
        "phone",
        r"[(2-9](?<![0-9][(2-9])(?:(?<=\()[2-9])?[0-9]{2}(?:\) ?|[.-])"
        r"[2-9][0-9]{2}[.-][0-9]{4}(?:x[0-9]{1,5})?(?![0-9])",
        accept=phones.north_american,
    ),
    pattern(
        "phone",
        r"(?:电话|座机|固话|手机|传真|联系方式|联系我|致电|拨打|来电|回电|打给|打我|呼叫"
        r"|(?<![A-Za-z])(?:tel|phone|telephone|mobile|cell|fax|call(?: me| us)?(?: back)?(?: at| on)?)(?![A-Za-z]))"
        r"[^0-9+(\n]{0,24}\n?[^0-9+(\n]{0,4}"
        r"(?P<value>[+(]?[0-9](?:[ ().\/-]{0,2}[0-9]){6,14}(?: ?(?:x|ext\.?|转) ?[0-9]{1,5})?)(?![0-9])",
        accept=phones.spoken_of,
        anchors=("电话", "座机", "固话", "手机", "传真", "联系", "致电", "拨打", "来电", "回电", "打给", "打我", "呼叫",
                 "tel", "phone", "mobile", "cell", "fax", "call"),
        folded=True,
    ),
)  # fmt: skip
"""Tried last: they are the vaguest."""
