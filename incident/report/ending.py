"""Why an incident can't end yet, told in both languages. The domain decides; this says it to people."""

from datetime import datetime

from incident.domain import work
from incident.domain.incident import Incident
from incident.domain.parts import Verdict
from incident.domain.plan import Plan
from incident.domain.words import Phase, Text
from incident.report.names import Names, both
from incident.report.words import PHASES


def phase_text(phase: Phase) -> Text:
    """What a phase is called."""
    return both(lambda t: t(PHASES[phase]))


def still_open(incident: Incident, names: Names, now: datetime | None = None) -> list[Text]:
    """Open tasks before the report, shut exit gates, what command owes, unmet end criteria. Empty when it can end.

    Tasks of a group that was never convened don't block, nor what turned out not to be needed.
    """
    return [_reason(incident, names, each) for each in work.blockers(incident, now)]


def _reason(incident: Incident, names: Names, blocker: str) -> Text:
    kind, _, name = blocker.partition(":")
    told = _of_plan(incident, blocker) or _of_command(incident, names, kind, name)
    return told or Text("仍有信号未恢复", "Signals are still active")


def _of_plan(incident: Incident, blocker: str) -> Text | None:
    plan = incident.plan
    if plan is None:
        return None
    kind, _, name = blocker.partition(":")
    if kind == "exit":
        phase = phase_text(Phase(name))
        shut = Text(f"“{phase.zh}”阶段还不能关闭", f"The phase “{phase.en}” can't be closed yet")
        return _asking(incident, plan, blocker, shut)
    if kind == "end" and name:
        text = next(c.text for c in plan.end.criteria if c.id == name)
        unmet = Text(f"结束条件未满足：{text.zh}", f"End criterion not met: {text.en}")
        return _asking(incident, plan, blocker, unmet)
    if blocker == "hold":
        minutes = int(plan.end.hold.total_seconds() // 60)
        return Text(f"结束条件须保持 {minutes} 分钟", f"The end criteria must hold for {minutes} minutes")
    task = incident.tasks.get(blocker)
    if task is None:
        return None
    title = task.plan.title
    open_task = Text(zh=f"任务“{title.zh}”还没有完成", en=f"The task “{title.en}” is not finished")
    return _asking(incident, plan, f"task:{blocker}", open_task)


def _of_command(incident: Incident, names: Names, kind: str, name: str) -> Text | None:
    if kind == "clock":
        title = incident.crisis.clocks[name].terms.title
        return Text(f"“{title.zh}”既未报出，也未签字免报", f"“{title.en}” is neither filed nor signed as not required")
    if kind == "material":
        item = names.item(name)
        return Text(f"{item.zh}未归还，也未说明去向", f"{item.en}: out of the store, and nobody has said why")
    if kind == "rollcall":
        roll = incident.crisis.rollcalls[name]
        return Text(
            f"“{roll.shift}”点名还有人未回应或等待帮助",
            f"Roll call “{roll.shift}”: somebody is silent or waits for help",
        )
    return None


def _asking(incident: Incident, plan: Plan, subject: str, text: Text) -> Text:
    """The same, with the question when it is a fact that is missing."""
    condition = incident.conditions.get(subject)
    if condition is None or condition.verdict is not Verdict.UNKNOWN:
        return text
    questions = [plan.question(name) for name in condition.asks]
    zh, en = "；".join(q.zh for q in questions), "; ".join(q.en for q in questions)
    return Text(f"{text.zh}（尚缺信息：{zh}）", f"{text.en} (needs a fact: {en})") if questions else text
