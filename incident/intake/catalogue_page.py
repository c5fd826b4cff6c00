"""The page ``docs/events.md``, made from the schemas so that it can't tell anything else than they do."""

import json
from typing import Any

from incident.intake.catalogue import SCHEMAS, schemas

_HEAD = SCHEMAS / "head.md"


def events_page() -> str:
    """The Markdown text of the page."""
    return _HEAD.read_text(encoding="utf-8") + "".join(
        _section(event_type, schema) for event_type, schema in schemas().items()
    )


def _section(event_type: str, schema: dict[str, Any]) -> str:
    rows = "".join(_row(name, field, name in schema["required"]) for name, field in schema["properties"].items())
    example = json.dumps(schema["examples"][0], ensure_ascii=False)
    return (
        f"\n## {event_type}\n\n{schema['description']}  \n{schema['x-description-zh']}\n\n"
        "| field · 字段 | type · 类型 | required · 必填 | meaning | 说明 |\n|---|---|---|---|---|\n"
        f"{rows}\n```json\n{example}\n```\n"
    )


def _row(name: str, field: dict[str, Any], required: bool) -> str:
    needed = "yes · 是" if required else "no · 否"
    return f"| `{name}` | {_kind(field)} | {needed} | {field['description']} | {field['x-description-zh']} |\n"


def _kind(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " ".join(f"`{value}`" for value in field["enum"] if value is not None)
    kind = field["type"][0] if isinstance(field["type"], list) else field["type"]
    low, above, high = field.get("minimum"), field.get("exclusiveMinimum"), field.get("maximum")
    bounds = [f"≥ {low}"] if low is not None else [f"> {above}"] if above is not None else []
    bounds += [f"≤ {high}"] if high is not None else []
    bounds += [f"≤ {field['maxLength']} characters"] if "maxLength" in field else []
    return ", ".join([str(kind), *bounds])
