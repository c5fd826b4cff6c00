"""Breaking off a drill: everything it still wants to send is withdrawn, and those it reached are told."""

from datetime import datetime

from incident.domain import events as e
from incident.service.ports import Store
from incident.service.records import DrillRun
from incident.service.session import Rules, Session


def stop_drills(store: Store, rules: Rules, reason: str, now: datetime) -> list[str]:
    """Stop every running drill, because reality calls. Returns the runs stopped. The caller commits."""
    runs = store.drills.running()
    for run in runs:
        stop_drill(store, rules, run, reason, now)
    return [run.id for run in runs]


def stop_drill(store: Store, rules: Rules, run: DrillRun, reason: str, now: datetime) -> None:
    """Stop one drill: its run is aborted, its incidents end, its unsent messages are cancelled."""
    store.drills.save(
        DrillRun(id=run.id, drill=run.drill, state="aborted", started_at=run.started_at, ended_at=now, reason=reason,
                 body=run.body)
    )  # fmt: skip
    mine = [incident.id for incident in store.incidents.open_facts() if incident.drill == run.id]
    store.outbox.cancel_drill(mine)
    for incident_id in mine:
        session = Session(store.incidents.get(incident_id), rules, now)
        session.record([e.DrillStopped(run.id, reason)], "system")
        session.settle()
        session.save(store)
