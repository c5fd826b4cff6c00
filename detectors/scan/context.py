"""What stands around a number: a label that says what it is, and neighbours that say it is a part of something else."""

import re

_LOOK_BACK = 24
_FAR_BACK = 48
_SERIAL = (
    "订单", "运单", "快递", "物流", "包裹", "流水", "工单", "单据", "票据", "发票", "凭证", "批次", "序列",
    "条码", "货号", "商品", "追踪", "跟踪", "请求", "会话", "设备", "时间戳", "座位", "版本", "会员卡",
    "礼品卡", "充值卡", "购物卡", "单号", "编号", "编码", "imei", "imsi", "iccid", "meid", "uuid", "guid",
    "sku", "isbn", "order", "track", "tracking", "invoice", "serial", "parcel", "shipment", "waybill", "trace",
    "span", "req", "request", "tx", "txn", "transaction", "batch", "blk", "block", "timestamp", "session",
    "ticket", "case", "msg", "message", "job", "task", "process", "seq", "offset", "version", "build",
    "commit", "hash",
)  # fmt: skip
"""A label right before a number that says: this counts orders, parcels, requests."""
_OF_LABEL = re.compile(r"(?:编号|号码|号|码|(?<![a-z])(?:ids?|no|num|number|code)|(?<=[a-z])(?:id|s))$")
_SHORT = re.compile(r"(?<![a-z])(?:sn|ts)$")
_LAST = {word[-1] for word in _SERIAL} | set("号码dsomren")
_LINKS = " \t\"'：:=#/为是[(（."
_CARD = re.compile(
    r"(?:卡|账号|帐号|账户|card|(?<![a-z])cc(?![a-z])|account|acct|credit|debit|visa|amex|billing)", re.IGNORECASE
)
_TELEPHONE = re.compile(
    r"(?:电话|座机|固话|手机|传真|热线|联系方式|联系我|致电|拨打|来电|回电|打给|打我|呼叫|(?<![a-z])(?:tel|phone|telephone|mobile|cell|"
    r"fax|office|desk|home|whatsapp|call(?:ed|ing)? (?:me|us|him|her)(?: back)?(?: at| on)?|messages to|answering at|"
    r"reach(?:ed)? (?:me|us)?(?: at| on)?|ring)(?![a-z]))",
    re.IGNORECASE,
)
_IDENTITY = re.compile(r"(?:身份证|证件|(?<![a-z])id card|identity card|identity number)", re.IGNORECASE)
_SOCIAL = re.compile(r"(?:(?<![a-z])ssn(?![a-z])|social security)", re.IGNORECASE)
_PLATE = re.compile(r"(?:车牌|牌照|牌号|车号|plate)", re.IGNORECASE)
_LETTERED_LABEL = re.compile(
    r"(?:tel|phone|mobile|cell|fax|card|cc|no|num|number|acct|ssn|id|qq|wx|vx)[-_]?$", re.IGNORECASE
)


def is_serial(plain: str, start: int) -> bool:
    """Whether the label right before says it is an order, tracking, serial number or the like."""
    label = plain[max(0, start - _LOOK_BACK) : start].rstrip(_LINKS).lower()
    if label[-1:] not in _LAST:
        return False
    if label.endswith(_SERIAL) or _SHORT.search(label[-4:]):
        return True
    name = _OF_LABEL.sub("", label[-10:])
    return len(name) < len(label[-10:]) and label[: len(label) - len(label[-10:]) + len(name)].rstrip(" _-").endswith(
        _SERIAL
    )


def is_card(plain: str, start: int) -> bool:
    """Whether a word for a card or account stands shortly before."""
    return _labelled(_CARD, plain, start)


def is_telephone(plain: str, start: int) -> bool:
    """Whether a word for a telephone stands shortly before."""
    return _labelled(_TELEPHONE, plain, start)


def is_identity(plain: str, start: int) -> bool:
    """Whether a word for an identity card stands shortly before."""
    return _labelled(_IDENTITY, plain, start)


def is_social(plain: str, start: int) -> bool:
    """Whether social security is spoken of shortly before."""
    return _labelled(_SOCIAL, plain, start)


def is_plate(plain: str, start: int) -> bool:
    """Whether a word for a number plate stands shortly before."""
    return _labelled(_PLATE, plain, start)


def _labelled(words: re.Pattern[str], plain: str, start: int) -> bool:
    """On the same line or the one before it, not further."""
    line = plain.rfind("\n", 0, start)
    before = plain.rfind("\n", 0, line) if line > 0 else -1
    return words.search(plain, max(before + 1, start - _FAR_BACK), start) is not None


def stands_alone(plain: str, start: int, end: int) -> bool:
    """Whether a number isn't a part of a longer name, number, hash or decimal.

    Letters before it are fine when they are its label (``tel138…``); Chinese characters always are.
    """
    return _free_before(plain, start) and _free_behind(plain, end)


def _free_before(plain: str, start: int) -> bool:
    char = plain[start - 1] if start else " "
    if not char.isascii() or not (char.isalnum() or char in "_-.%*"):
        return True
    if char in "-." and start > 1 and not plain[start - 2].isascii():
        return True
    return _LETTERED_LABEL.search(plain, max(0, start - 10), start) is not None


def _free_behind(plain: str, end: int) -> bool:
    char, after = plain[end : end + 1], plain[end + 1 : end + 2]
    if not char or not char.isascii():
        return True
    if char.isalnum() or char in "_*":
        return False
    return not (char in "-." and after.isascii() and after.isdigit())
