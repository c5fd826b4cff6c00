"""Tocsin on Kafka: topics, messages, the intake that produces, and the consumer of signals."""
