"""Texts with labelled personal data, decoys that look like it, and clean log lines. Everything from a seed.

The numbers are random and belong to nobody.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_REGIONS = (
    "110108", "120103", "130203", "210202", "220102", "230103", "320505", "330203", "340104", "350102", "360103",
    "370202", "410105", "430104", "450103", "460106",
)  # fmt: skip
_BINS = ("621785", "622700", "621483", "622666", "621799", "623094", "622909", "628286", "621098", "625333", "955880")
_MOBILES = (
    "130",
    "131",
    "134",
    "137",
    "145",
    "151",
    "155",
    "157",
    "166",
    "172",
    "175",
    "178",
    "180",
    "183",
    "189",
    "191",
    "198",
)
_FULL = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its (type, start, end); no spans: a clean text."""

    text: str
    spans: tuple[tuple[str, int, int], ...] = ()


def digits(rng: random.Random, count: int) -> str:
    """So many random digits."""
    return "".join(rng.choice("0123456789") for _ in range(count))


def resident_id(rng: random.Random) -> str:
    """A valid number of an invented person."""
    day = f"{rng.randint(1938, 2015)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    body = rng.choice(_REGIONS) + day + digits(rng, 3)
    return body + _CHECKS[sum(w * int(d) for w, d in zip(_WEIGHTS, body, strict=True)) % 11]


def with_luhn(body: str) -> str:
    """The body with its check digit."""
    total = 0
    for place, char in enumerate(reversed(body)):
        number = int(char) * (1 if place % 2 else 2)
        total += number - 9 if number > 9 else number
    return body + str(-total % 10)


def bank_card(rng: random.Random) -> str:
    """A valid UnionPay number."""
    issuer = rng.choice(_BINS)
    size = 19 if issuer.startswith("9") else rng.choice((16, 19, 19, 19))
    return with_luhn(issuer + digits(rng, size - 1 - len(issuer)))


def mobile(rng: random.Random) -> str:
    """A mobile number."""
    return rng.choice(_MOBILES) + digits(rng, 8)


def iban(rng: random.Random) -> str:
    """A valid German, British or French account number."""
    country, body = rng.choice(
        [
            ("DE", digits(rng, 18)),
            ("GB", "".join(rng.choices("ABCDEFGHKLMW", k=4)) + digits(rng, 14)),
            ("FR", digits(rng, 23)),
        ]
    )
    rest = int("".join(str(int(char, 36)) for char in body + country + "00"))
    return f"{country}{98 - rest % 97:02d}{body}"


def world_card(rng: random.Random) -> str:
    """A valid Visa, Mastercard, American Express or JCB number."""
    head, size = rng.choice([("4", 16), ("4", 19), ("52", 16), ("2301", 16), ("37", 15), ("3530", 16)])
    return with_luhn(head + digits(rng, size - 1 - len(head)))


def _grouped(value: str, sizes: tuple[int, ...], sign: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(value[at : at + size])
        at += size
    return sign.join(part for part in (*parts, value[at:]) if part)


def disguised(rng: random.Random, kind: str, value: str) -> str:
    """As people write it: plain, in groups, in full width, with invisible characters."""
    sizes = {"resident_id": (6, 8), "bank_card": (4, 4, 4, 4), "cn_mobile": (3, 4)}[kind]
    way = rng.random()
    if way < 0.55:
        return value
    if way < 0.8:
        return _grouped(value, sizes, rng.choice([" ", "-", "－", "\u3000", "."]))
    if way < 0.9:
        return value.translate(_FULL)
    cut = rng.randrange(3, len(value) - 2)
    return value[:cut] + "\u200b" + value[cut:]


_FRAMES = (
    "我叫王小明，证件号{resident_id}，麻烦查下进度",
    "{resident_id}是我的身份证",
    "实名信息：{resident_id}/{cn_mobile}",
    "回我{cn_mobile}，谢谢",
    "微信同号{cn_mobile}。",
    "已登记手机{cn_mobile}和备用{cn_mobile}",
    "收款账户{bank_card}（工行）",
    "尾款请转{bank_card}",
    "{bank_card},{cn_mobile}",
    "联系人:李雷 电话:{cn_mobile} 卡号:{bank_card}",
    "补充材料见附件，身份证号码是{resident_id}。",
    "帮我把{cn_mobile}的套餐改了",
)
_DECOYS: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    ("订单编号{}请尽快发货", lambda rng: f"2025{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{digits(rng, 11)}"),
    ("快递单号SF{}一直没更新", lambda rng: digits(rng, 13)),
    ("运单号：{}", lambda rng: "7" + digits(rng, 14)),
    ("交易流水{}重复扣费", lambda rng: digits(rng, rng.choice((16, 18, 19, 20)))),
    ("设备IMEI：{}", lambda rng: with_luhn("35" + digits(rng, 12))),
    ("时间戳 {} 超时", lambda rng: str(rng.randint(1_700_000_000_000, 1_790_000_000_000))),
    ("请求ID {}", lambda rng: str(uuid.UUID(int=rng.getrandbits(128)))),
    ("哈希值{}不一致", lambda rng: f"{rng.getrandbits(256):064x}"),
    ("工单{}已超过48小时", lambda rng: digits(rng, 11)),
    ("证件号填错了：{}", lambda rng: resident_id(rng)[:-1] + "A"),
    ("合计{}元，满意度5分", lambda rng: f"{rng.randint(100, 999999)}.{digits(rng, 2)}"),
    ("2025-11-{} 14:05:33 排队超过30分钟", lambda rng: f"{rng.randint(10, 28)}"),
    ("请拨打400-{}咨询", lambda rng: f"{digits(rng, 3)}-{digits(rng, 4)}"),
    ("条码69{}扫不出来", lambda rng: digits(rng, 11)),
    ("你们客服态度真好，给{}个赞", lambda rng: digits(rng, 2)),
)  # fmt: skip


def chinese(seed: int, count: int) -> list[Labelled]:
    """Messages as customers and agents write them, half of them with personal data."""
    rng, found = random.Random(seed), list[Labelled]()
    makers = {"resident_id": resident_id, "bank_card": bank_card, "cn_mobile": mobile}
    for _ in range(count):
        if rng.random() < 0.5:
            frame, make = rng.choice(_DECOYS)
            found.append(Labelled(frame.format(make(rng))))
            continue
        text, spans, rest = "", list[tuple[str, int, int]](), rng.choice(_FRAMES)
        while "{" in rest:
            head, _, rest = rest.partition("{")
            kind, _, rest = rest.partition("}")
            value = disguised(rng, kind, makers[kind](rng))
            text += head
            spans.append((kind, len(text), len(text) + len(value)))
            text += value
        found.append(Labelled(text + rest, tuple(spans)))
    return found


def western(seed: int, count: int) -> list[Labelled]:
    """English sentences with bank cards and IBANs, grouped or not, in either case."""
    rng, found = random.Random(seed), list[Labelled]()
    for _ in range(count):
        if rng.random() < 0.5:
            kind, value = "bank_card", world_card(rng)
            if rng.random() < 0.3:
                value = _grouped(value, (4, 6) if len(value) == 15 else (4, 4, 4, 4), rng.choice(" -"))
            head = rng.choice(["Please charge my card ", "My card number is ", "card: ", "I lost my credit card "])
        else:
            kind, value = "iban", iban(rng)
            if rng.random() < 0.3:
                value = _grouped(value, (4,) * 8, " ")
            value = value.lower() if rng.random() < 0.3 else value
            head = rng.choice(["Transfer it to ", "IBAN ", "my account is ", "refund to: "])
        found.append(Labelled(f"{head}{value}, thanks", ((kind, len(head), len(head) + len(value)),)))
    return found


_LINES = (
    "2025-11-{day}T10:05:{d2}.{d6}Z INFO crm.api GET /v2/orders/{d16} 200 {d3}ms trace={x32}",
    '10.{byte}.{byte}.7 - - [{day}/Nov/2025:10:{d2} +0800] "POST /api/login HTTP/1.1" 401 {d4}',
    "kernel: [{d6}.{d6}] eth0: renamed from veth{x7}",
    "17{d8} {d6} worker[{d5}]: job {uuid} done in {d4} us",
    "sshd[{d5}]: Failed password for invalid user admin from 192.168.{byte}.{byte} port {d5} ssh2",
    "DEBUG Cache hit key=session:{x16} size={d9} offset={d12} ts={millis}",
    "WARN blk_-{d19} replica {d2} of {d18} lost, txid={d15}",
    "java.lang.IllegalStateException: token expired at com.example.Auth.check(Auth.java:{d3}) [req-{d14}]",
    "Scaled deployment pbx-{x10} to 3; commit {x40}",
    "asterisk: SIP/2.0 200 OK Call-ID: {x24}@10.0.0.{byte} CSeq: {d4} INVITE",
    "queue=sales waiting={d2} longest={d3}s agents={d2} sn={d17}",
    "password check passed for uid={d6}; secret rotation due in {d2} days",
)


def _filled(rng: random.Random, line: str) -> str:
    head, *rest = line.split("{")
    for part in rest:
        name, _, tail = part.partition("}")
        head += _field(rng, name) + tail
    return head


def _field(rng: random.Random, name: str) -> str:
    if name[0] == "x":
        return f"{rng.getrandbits(4 * int(name[1:])):0{name[1:]}x}"
    if name[0] == "d" and name[1:].isdigit():
        return digits(rng, int(name[1:]))
    return {
        "day": f"{rng.randint(1, 28):02d}",
        "byte": str(rng.randint(0, 255)),
        "uuid": str(uuid.UUID(int=rng.getrandbits(128))),
        "millis": str(rng.randint(1_700_000_000_000, 1_790_000_000_000)),
    }[name]


def logs(seed: int, count: int) -> list[str]:
    """Clean lines of many programs."""
    rng = random.Random(seed)
    return [_filled(rng, rng.choice(_LINES)) for _ in range(count)]
