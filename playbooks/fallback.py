"""The plan for an incident that has no playbook: everybody on the roster is asked, and the bare essentials are set.

Better than silence, worse than any playbook; it says so in its title.
"""

from datetime import timedelta

from incident.domain.plan import GroupPlan, LevelPlan, PagingPlan, Plan, TaskPlan
from incident.domain.roster import Roster
from incident.domain.words import LEVELS, Group, Phase, Scenario, Text

FALLBACK_ID = "fallback"

_TASKS: tuple[tuple[str, Phase, str, str, str, timedelta | None, str], ...] = (
    ("verify", Phase.ALARM, "check", "核实情况：发生了什么、影响谁、是否还在扩大",
     "Verify: what happened, whom it hits, whether it spreads", timedelta(minutes=10), "opened"),
    ("take_charge", Phase.ORDERS, "decision", "确定负责人和三个小组的分工",
     "Decide who is in charge and who does what", timedelta(minutes=20), "opened"),
    ("contain", Phase.RESPONSE, "action", "控制影响，恢复服务，每一步都记录",
     "Limit the harm, restore service, record every step", timedelta(hours=2), "opened"),
    ("tell_customers", Phase.RESPONSE, "comms", "告知客户现状和下一次更新时间",
     "Tell customers how things stand and when the next update comes", timedelta(minutes=30), "opened"),
    ("staff_safe", Phase.LOGISTICS, "rollcall", "确认员工安全，安排所需人员和物资",
     "Make sure staff are safe; find the people and things needed", timedelta(hours=1), "opened"),
    ("lessons", Phase.CLEANUP, "action", "收集各方反馈，整理记录和经验教训",
     "Collect feedback, put records and lessons in order", timedelta(days=2), "recovered"),
    ("report", Phase.REPORT, "action", "向管理层提交完整报告：原因、过程、善后措施",
     "Give management the full report: cause, process, after-care", timedelta(days=5), "ended"),
)  # fmt: skip


def fallback_plan(roster: Roster, scenario: Scenario) -> Plan:
    """A plan that asks every position on the roster, those of management first, at every level.

    On an empty roster it has no groups: whoever pages then finds nobody, and says so.
    """
    positions = tuple(dict.fromkeys((*roster.management, *roster.positions)))
    groups = (GroupPlan(Group.RESPONSE, positions[0], positions[1:]),) if positions else ()
    return Plan(
        id=FALLBACK_ID,
        version="1",
        scenario=scenario,
        title=Text(zh="没有预案：通知全体值守人员", en="No playbook: everybody on the roster is called"),
        hash="",
        groups=groups,
        tasks=tuple(_task(*row, owner=positions[0]) for row in _TASKS) if positions else (),
        levels={level: LevelPlan((Group.RESPONSE,), timedelta(minutes=30)) for level in LEVELS},
        paging=PagingPlan(ack_within=timedelta(minutes=2), tries=1),
        restricted=scenario is Scenario.DATA_LEAK,
        source=("P4", "H9.2"),
    )


def _task(
    task_id: str, phase: Phase, kind: str, zh: str, en: str, due_in: timedelta | None, due_from: str, *, owner: str
) -> TaskPlan:
    return TaskPlan(
        id=task_id, phase=phase, kind=kind, title=Text(zh=zh, en=en), owner=owner, due_from=due_from, due_in=due_in
    )
