"""Metrics for Prometheus: the shipped dashboard shows only what there is, and everything there is."""

import json
import re
from pathlib import Path

import httpx
import pytest

from config.settings import MetricsSettings
from config.stream_meter import answering
from incident.domain.errors import Unavailable
from incident.service import metrics
from tests.fixtures.kafka import free_ports

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana" / "tocsin.json"
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def exposed() -> dict[str, str]:
    """Every name that Prometheus gets, and the metric it belongs to."""
    return {
        family.name + suffix: family.name for family in metrics.REGISTRY.collect() for suffix in SUFFIXES[family.type]
    }


def test_every_metric_of_the_dashboard_exists_and_every_metric_is_on_it() -> None:
    """A panel without data at three in the morning is worse than none."""
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    asked = {name for panel in panels for one in panel["targets"] for name in re.findall(r"tocsin_\w+", one["expr"])}
    assert asked - set(exposed()) == set()
    assert set(exposed().values()) - {exposed()[name] for name in asked} == set()


def test_labels_named_on_the_dashboard_exist() -> None:
    """Also those it groups by."""
    known = {family.name: family for family in metrics.REGISTRY.collect()}
    labels = {
        name: set(getattr(metrics, attribute)._labelnames) | {"le", "instance"}
        for attribute in dir(metrics)
        if hasattr(getattr(metrics, attribute), "_labelnames")
        for name in [getattr(metrics, attribute)._name]
    }
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        for one in panel["targets"]:
            (name,) = {exposed()[name] for name in re.findall(r"tocsin_\w+", one["expr"])}
            assert name in known
            by = re.findall(r"by \(([^)]*)\)", one["expr"])
            grouped = {label.strip() for group in by for label in group.split(",")}
            assert grouped <= labels[name], (panel["title"], name)


def test_a_node_without_a_site_answers_on_a_port_of_its_own() -> None:
    """And says what to do when the port is taken."""
    (port,) = free_ports(1)
    settings = MetricsSettings(port=port)
    with answering(settings):
        assert "tocsin_lease_held" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
        with pytest.raises(Unavailable, match="is in use — give each node"), answering(settings):
            pass
    with answering(MetricsSettings()):
        pass
