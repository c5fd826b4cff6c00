"""Detectors: pure functions from state and events to signals, their YAML rules, and the runner that feeds them."""
