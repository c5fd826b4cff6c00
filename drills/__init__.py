"""Drills: what is rehearsed, played down the same road as reality, scored, and planned over the year."""
