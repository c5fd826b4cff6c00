"""Slack: pages as direct messages with a button, one board per incident, buttons and commands coming back."""
