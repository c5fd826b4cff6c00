"""Meters: one number series in, one score per value out. Pure, causal, and the same under back-test and in service."""
