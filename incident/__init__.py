"""Incidents: domain, use cases, store, reports, pages."""

__version__ = "0.1.0"
