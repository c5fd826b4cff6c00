"""Which alerts of a foreign monitor are one episode.

A foreign alert has two names: its *series* (what is wrong: a fingerprint of the labels, the id of an issue) and
the moment it began. Prometheus keeps that moment stable over all resends, so ``series@start`` names an episode
without any memory. Others don't: a second Prometheus of a pair began some seconds later, and ``amtool`` makes up
a new start on each call. Alertmanager merges alerts of one fingerprint that overlap; so does ``join_episode``,
for whoever knows which episode of the series is open.
"""

from dataclasses import replace

from incident.domain.signal import Signal, SignalState


def episode_id(series: str, start: float) -> str:
    """The id of the episode of ``series`` that began at ``start`` (epoch seconds)."""
    return f"{series}@{int(start * 1000)}"


def series_of(signal_id: str) -> str:
    """The series of an episode: all its episodes' ids begin with ``series_of(id) + "@"``."""
    return signal_id.rpartition("@")[0] or signal_id


def join_episode(signal: Signal, open_episode: Signal | None) -> Signal:
    """The signal as a part of the open episode of its series, if it belongs there; else unchanged.

    A raise belongs to it when it began before the open one runs out. A clear belongs to it when it is not older:
    a late clear of an earlier episode must not end a new one. Drills and reality never join.
    """
    if open_episode is None or signal.id == open_episode.id or open_episode.state is not SignalState.RAISED:
        return signal
    if series_of(signal.id) != series_of(open_episode.id) or signal.drill != open_episode.drill:
        return signal
    if signal.state is SignalState.CLEARED:
        return replace(signal, id=open_episode.id) if signal.at >= open_episode.at else signal
    if open_episode.ends_at is not None and signal.at > open_episode.ends_at:
        return signal
    return replace(signal, id=open_episode.id, at=min(signal.at, open_episode.at))
