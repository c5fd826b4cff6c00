"""What ``tocsin doctor`` says about Kafka: the brokers, and the topics against the settings."""

from collections.abc import Iterator

from config.doctor import Finding
from config.settings import BaseTocsinSettings
from config.streamside import stream_settings
from incident.domain.errors import TocsinError
from incident.report.words import msg
from incident.stream.kafka import Topics
from incident.stream.topics import wanted

FEW = 3


def examine_stream(settings: BaseTocsinSettings, *, fix: bool) -> Iterator[Finding]:
    """All findings. ``fix`` creates topics that are missing and puts their settings right first."""
    chosen = stream_settings(settings)
    try:
        topics = Topics(chosen, settings.home)
    except TocsinError as error:
        yield Finding(msg("Kafka"), "fail", error.message, error.remedy or "")
        return
    try:
        yield _brokers(topics)
        plan = wanted(chosen)
        if fix:
            topics.ensure(plan)
        found = topics.deviations(plan)
    except TocsinError as error:
        yield Finding(msg("Kafka"), "fail", error.message, error.remedy or "")
        return
    finally:
        topics.close()
    for one in found:
        remedy = msg("run: tocsin doctor --fix") if one.fixable else msg("change stream.topics to what the topic has")
        yield Finding(msg("topics"), "fail" if one.what == "is missing" else "warn", f"{one.topic} {one.what}", remedy)
    if not found:
        yield Finding(
            msg("topics"), "ok", msg("{count} topics are as the settings want them"), values={"count": len(plan)}
        )


def _brokers(topics: Topics) -> Finding:
    found = topics.brokers()
    if len(found) < FEW:
        what = msg("{count} brokers: one that dies stops everything, or takes messages with it")
        return Finding(msg("Kafka"), "warn", what, msg("run three brokers or more"), values={"count": len(found)})
    return Finding(msg("Kafka"), "ok", msg("{count} brokers"), values={"count": len(found)})
