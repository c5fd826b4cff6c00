"""Keys, tokens, passwords: what opens a door."""

import re
from math import log2

from detectors.scan.pattern import FindingType, Pattern, pattern

TYPES = (
    FindingType("private_key", "private key"),
    FindingType("aws_key", "AWS access key"),
    FindingType("aliyun_key", "Alibaba Cloud access key"),
    FindingType("tencent_key", "Tencent Cloud key"),
    FindingType("github_token", "GitHub token"),
    FindingType("slack_token", "Slack token"),
    FindingType("google_key", "Google API key"),
    FindingType("stripe_key", "Stripe key"),
    FindingType("service_token", "access token of a service"),
    FindingType("jwt", "JSON web token"),
    FindingType("connection_string", "password in an address"),
    FindingType("credential", "password or secret"),
)

_VALUE = r"(?:(?!\*\*\*)[!#-&(-+\--:<-~])"
_PLACEHOLDER = re.compile(
    r"(?:[<{\[(%$].*|x{3,}.*|\.{3}.*|(?:your|my|the|some|new|old|example|sample|dummy|test|fake)[_-].*"
    r"|(?:null|none|nil|true|false|undefined|empty|redacted|hidden|masked|secret|password|required|changed|expired|string)\W?)$",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_]\w*)+(?:\(.*)?$|[A-Za-z_]\w*\(.*$|/[\w./-]*$|https?://", re.ASCII
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+(?:[_-][a-z]+)*|[A-Z]?[a-z]+|[A-Z]+|[0-9.:,/-]{1,5}")


def _password(plain: str, start: int, end: int) -> bool:
    """Not a word, a placeholder, or code; a word in quotes with enough different letters passes."""
    value = plain[start:end]
    if _is_talk(value):
        return False
    if any(char.isdigit() for char in value):
        return True
    if not value.isalpha() and any(not (char.isalnum() or char in "_-.") for char in value):
        return True
    return plain[start - 1 : start] in ("'", '"') and plain[end : end + 1] in ("'", '"') and not value.isspace()


def _key(plain: str, start: int, end: int) -> bool:
    """Long enough and random enough for a machine's key; a UUID is a name, not a key."""
    value = plain[start:end]
    if len(value) < 12 or _is_talk(value) or _UUID.fullmatch(value):
        return False
    return any(char.isdigit() for char in value) and entropy(value) >= 2.8


def _url_password(plain: str, start: int, end: int) -> bool:
    return not _PLACEHOLDER.match(plain[start:end])


def _is_talk(value: str) -> bool:
    return bool(_PLACEHOLDER.match(value) or _CODE.match(value) or _WORD.fullmatch(value)) and not (
        value.isalpha() and value.lower() != value and value.title() != value and value.upper() != value
    )


def entropy(value: str) -> float:
    """Bits a character, as the characters of the value itself are distributed."""
    size = len(value)
    return -sum(value.count(char) / size * log2(value.count(char) / size) for char in set(value))


_STOP = r"(?=[\s\"',;，。；）)\]]|[^ -~]|$|\*\*\*)"
_GAP = r"[\"']?[ \t]{0,5}(?:(?:是|为)[ \t]{0,5}[:=：]?|[:=：]|=>|:=)[ \t]{0,5}[\"']?"

SECRETS: tuple[Pattern, ...] = (
    pattern(
        "private_key",
        r"-----BEGIN [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[A-Za-z0-9+/=\s\\:,.()]|-(?!----)){0,8000}(?:-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----)?",
        anchors=("-----BEGIN ",),
    ),
    pattern("aws_key", r"(?<![A-Z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
            anchors=("AKIA", "ASIA", "ABIA", "ACCA")),
    pattern("aliyun_key", r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,24}(?![A-Za-z0-9])", anchors=("LTAI",)),
    pattern("tencent_key", r"(?<![A-Za-z0-9])AKID[A-Za-z0-9]{28,36}(?![A-Za-z0-9])", anchors=("AKID",)),
    pattern("github_token", r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{40,255})",
            anchors=("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_")),
    pattern("slack_token", r"(?<![A-Za-z0-9])(?:xox[abeoprs]-[A-Za-z0-9-]{10,255}|xapp-[0-9]-[A-Za-z0-9-]{20,255})",
            anchors=("xox", "xapp-")),
    pattern("slack_token", r"hooks\.slack\.com/(?:services|workflows|triggers)/"
            r"(?P<value>[A-Z0-9]{6,14}/[A-Za-z0-9/]{12,80})",
            anchors=("hooks.slack.com/",)),
    pattern("google_key", r"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", anchors=("AIza",)),
    pattern("stripe_key", r"(?<![A-Za-z0-9])(?:[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9]{24,255})",
            anchors=("sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_")),
    pattern(
        "service_token",
        r"(?<![A-Za-z0-9_-])(?:glpat-[\w-]{20,64}|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{40,255}|SG\.[\w-]{16,32}\.[\w-]{32,64}"
        r"|hf_[A-Za-z0-9]{30,64}|sk-(?:[A-Za-z]{2,8}-)?[\w-]{24,200}|dop_v1_[a-f0-9]{64}|shp(?:at|ss|ca|pa)_[a-f0-9]{32}"
        r"|ya29\.[\w-]{20,255}|key-[a-f0-9]{32}|dapi[a-f0-9]{32})(?![A-Za-z0-9])",
        anchors=("glpat-", "npm_", "pypi-AgE", "SG.", "hf_", "sk-", "dop_v1_", "shpat_", "shpss_", "shpca_", "shppa_",
                 "ya29.", "key-", "dapi"),
        accept=lambda plain, start, end: entropy(plain[start:end]) > 3.2,
    ),
    pattern("service_token", r"(?<![0-9])[0-9]{8,10}:AA[\w-]{33}(?![\w-])", anchors=(":AA",),
            before="0123456789", back=10),
    pattern("service_token", r"(?:webhook/send\?key=|robot/send\?access_token=)(?P<value>[0-9a-fA-F-]{32,64})",
            anchors=("webhook/send?key=", "robot/send?access_token=")),
    pattern("jwt", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}",
            anchors=("eyJ",)),
    pattern(
        "connection_string",
        r"://[^\s:/@\"'<>*]{0,64}:(?P<value>(?:(?!\*\*\*)[^\s/@\"'<>]){2,128})@(?=[A-Za-z0-9\[{$_-])",
        accept=_url_password,
        anchors=("://",),
    ),
    pattern(
        "credential",
        rf"(?:password|passwd|passphrase|pwd|密码|口令|passwort|contraseña){_GAP}"
        rf"(?P<value>{_VALUE}{{4,128}}?){_STOP}",
        accept=_password,
        anchors=("passw", "passphrase", "pwd", "密码", "口令", "contraseña"),
        folded=True,
    ),
    pattern(
        "credential",
        r"(?:secret|api[ _-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?token|token|account[_-]?key"
        r"|encryption[_-]?key|signing[_-]?key|shared[_-]?access[_-]?key|client[_-]?secret|secret[_-]?key|密钥|令牌)"
        rf"{_GAP}(?P<value>{_VALUE}{{6,256}}?){_STOP}",
        accept=_key,
        anchors=("secret", "api", "access", "private", "token", "accountkey", "account_key", "encryption", "signing",
                 "shared",
                 "密钥", "令牌"),
        folded=True,
    ),
    pattern(
        "credential",
        r"authorization[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?"
        r"(?:basic|bearer|token)[ \t]{1,3}"
        r"(?P<value>[A-Za-z0-9+/=._~-]{8,2000})",
        accept=_key,
        anchors=("authorization",),
        folded=True,
    ),
)  # fmt: skip
