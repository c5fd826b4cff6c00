"""What a parser or a schema finds wrong with a file, and what to do about it, in sentences of our own."""

import errno
from collections.abc import Mapping
from typing import Any

from incident.domain.said import Said, as_said, reason, said

_Told = tuple[Said, Said]

_NO_TEXT = said("is no text"), said("put it in quotes")
_NO_NUMBER = said("is no number"), said("write digits")
_NO_WHOLE = said("is no whole number"), said("write digits only")
_NO_SWITCH = said("is neither true nor false"), said("write true or false")
_NO_TABLE = said("is no table"), said("write 'name: value' lines")
_NO_LIST = said("is no list"), said("write '- item' lines, or [one, two]")
_NO_DATE = said("is no date that exists"), said("write it like 2026-03-12")
_NO_TIME = said("is no date and time that exists"), said("write it like 2026-03-12T14:07:00+08:00")
_PLAIN: dict[str, _Told] = {
    "missing": (said("is missing"), said("add this field")),
    "string_type": _NO_TEXT, "path_type": _NO_TEXT, "string_sub_type": _NO_TEXT, "invalid_key": _NO_TEXT,
    "int_type": _NO_WHOLE, "int_parsing": _NO_WHOLE, "int_from_float": _NO_WHOLE, "int_parsing_size": _NO_WHOLE,
    "float_type": _NO_NUMBER, "float_parsing": _NO_NUMBER, "finite_number": _NO_NUMBER,
    "bool_type": _NO_SWITCH, "bool_parsing": _NO_SWITCH,
    "model_type": _NO_TABLE, "dict_type": _NO_TABLE, "model_attributes_type": _NO_TABLE, "dataclass_type": _NO_TABLE,
    "tuple_type": _NO_LIST, "list_type": _NO_LIST, "set_type": _NO_LIST, "frozen_set_type": _NO_LIST,
    "date_type": _NO_DATE, "date_parsing": _NO_DATE, "date_from_datetime_parsing": _NO_DATE,
    "date_from_datetime_inexact": _NO_DATE,
    "datetime_type": _NO_TIME, "datetime_parsing": _NO_TIME, "datetime_from_date_parsing": _NO_TIME,
    "datetime_object_invalid": _NO_TIME,
    "timezone_aware": (said("has no offset from UTC"), said("write it like 2026-03-12T14:07:00+08:00")),
    "time_delta_type": (said("is no length of time"), said("write it like 30s, 5m or 2h")),
    "time_delta_parsing": (said("is no length of time"), said("write it like 30s, 5m or 2h")),
}  # fmt: skip
"""What to say of a value, by the validator's word for what is wrong with it."""


def explain(item: Mapping[str, Any]) -> _Told:
    """One of a validator's findings as problem and remedy. The value is left out: it may be a secret."""
    kind, ctx = item["type"], item.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "value_error":
        return reason(ctx["error"]), said("")
    if kind in {"literal_error", "enum"}:
        names = str(ctx["expected"]).replace(" or ", ", ").replace("'", "")
        several = "," in names
        return (said("is none of the words it may be"), said("use one of {names}", names=names)) if several else (
            said("is not what it must be"), said("write {word}", word=names))  # fmt: skip
    bounds = _bounds(kind, ctx)
    return bounds or (said("does not fit here ({why})", why=item["msg"]), said("see the documentation of this file"))


def _bounds(kind: str, ctx: Mapping[str, Any]) -> _Told | None:
    """Too much, too little, of the wrong form."""
    if kind in {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}:
        limit = next(ctx[word] for word in ("gt", "ge", "lt", "le") if word in ctx)
        return {
            "greater_than": (said("is too small"), said("give more than {limit}", limit=limit)),
            "greater_than_equal": (said("is too small"), said("give at least {limit}", limit=limit)),
            "less_than": (said("is too large"), said("give less than {limit}", limit=limit)),
            "less_than_equal": (said("is too large"), said("give at most {limit}", limit=limit)),
        }[kind]
    if kind in {"too_long", "too_short"}:
        return _items(kind, ctx)
    if kind == "string_too_long":
        return said("is too long"), said("use at most {count} characters", count=ctx["max_length"])
    if kind == "string_too_short":
        least = ctx["min_length"]
        return (said("is empty"), said("write something")) if least == 1 else (
            said("is too short"), said("use at least {count} characters", count=least))  # fmt: skip
    if kind == "string_pattern_mismatch":
        return said("is not of the form that is needed here"), said(
            "write it by the pattern {form}", form=ctx["pattern"]
        )
    return None


def _items(kind: str, ctx: Mapping[str, Any]) -> _Told:
    if kind == "too_long":
        return said("holds more than {count} items", count=ctx["max_length"]), said("take some out")
    least = ctx["min_length"]
    few = said("is empty") if least == 1 else said("holds fewer than {count} items", count=least)
    return few, said("add to it")


_RIGHTS = said("check whose it is, and what rights its owner gives")
_SYSTEM: dict[int, _Told] = {
    errno.ENOENT: (said("No such file or directory"), said("check the path")),
    errno.ENOTDIR: (said("Not a directory"), said("check the path: a part of it is a file")),
    errno.EISDIR: (said("Is a directory"), said("name a file")),
    errno.EEXIST: (said("File exists"), said("name another, or take that one away")),
    errno.EACCES: (said("Permission denied"), _RIGHTS),
    errno.EPERM: (said("Operation not permitted"), _RIGHTS),
    errno.EROFS: (said("Read-only file system"), said("choose a folder that can be written")),
    errno.ENOSPC: (said("No space left on device"), said("free space on this disk, or choose another")),
    errno.EDQUOT: (said("Disk quota exceeded"), said("free space, or have the quota raised")),
    errno.EFBIG: (said("File too large"), said("choose another disk, or split the file")),
    errno.EIO: (said("Input/output error"), said("check the disk, and the system's log")),
    errno.ENAMETOOLONG: (said("File name too long"), said("choose a shorter name")),
    errno.EMFILE: (said("Too many open files"), said("raise the limit of open files: ulimit -n")),
    errno.ENFILE: (said("Too many open files in system"), said("raise the limit of open files: ulimit -n")),
    errno.ELOOP: (said("Too many levels of symbolic links"), said("mend the links on this path")),
    errno.EBUSY: (said("Device or resource busy"), said("end the program that uses it, then try again")),
    errno.ETXTBSY: (said("Text file busy"), said("end the program that uses it, then try again")),
    errno.EADDRINUSE: (said("Address already in use"), said("choose another port")),
}
"""What the operating system refuses, in its words, and what to do about it."""


def refusal(error: OSError) -> _Told:
    """Why the operating system refused, and what to do about it."""
    why = error.strerror or type(error).__name__
    known = _SYSTEM.get(error.errno or 0)
    return known or (said("the system refused it ({why})", why=why), said("check the path and the disk"))


YAML_PROBLEMS = (
    said("mapping values are not allowed in this context"),
    said("mapping keys are not allowed in this context"),
    said("block sequence entries are not allowed in this context"),
    said("did not find expected ',' or ']'"),
    said("did not find expected ',' or '}'"),
    said("did not find expected '-' indicator"),
    said("did not find expected key"),
    said("did not find expected node content"),
    said("did not find expected comment or line break"),
    said("did not find expected alphabetic or numeric character"),
    said("did not find expected hexdecimal number"),
    said("did not find expected whitespace or line break"),
    said("did not find expected tag URI"),
    said("did not find the expected '>'"),
    said("did not find expected <document start>"),
    said("did not find expected digit or '.' character"),
    said("did not find expected version number"),
    said("could not find expected ':'"),
    said("could not find expected directive name"),
    said("found character that cannot start any token"),
    said("found a tab character that violates indentation"),
    said("found a tab character where an indentation space is expected"),
    said("found an indentation indicator equal to 0"),
    said("found incompatible YAML document"),
    said("found invalid Unicode character escape code"),
    said("found undefined alias"),
    said("found undefined tag handle"),
    said("found duplicate anchor; first occurrence"),
    said("found unexpected ':'"),
    said("found unexpected document indicator"),
    said("found unexpected end of stream"),
    said("found unexpected non-alphabetical character"),
    said("found unknown directive name"),
    said("found unknown escape character"),
    said("found duplicate %YAML directive"),
    said("but found another document"),
    said("control characters are not allowed"),
    said("not valid YAML"),
)
"""What the YAML parser says, word by word, so that it has a translation."""
_KNOWN = frozenset(YAML_PROBLEMS)


def yaml_problem(text: str | None) -> Said:
    """What the YAML parser found, in a sentence that has a translation."""
    found = (text or "not valid YAML").strip()
    return as_said(found) if found in _KNOWN else said("not valid YAML ({why})", why=found)
