"""Why an incident can't end yet, told in both languages. The domain decides; this says it to people."""

from datetime import datetime

from incident.domain import work
from incident.domain.incident import Incident
from incident.domain.parts import Verdict
from incident.domain.plan import Plan
from incident.domain.words import Phase, Text

PHASES: dict[Phase, Text] = {
    Phase.ALARM: Text("报告与预警", "report and alarm"),
    Phase.ORDERS: Text("指挥与部署", "orders"),
    Phase.RESPONSE: Text("现场处置", "response"),
    Phase.LOGISTICS: Text("后勤保障", "logistics"),
    Phase.CLEANUP: Text("现场清理与复盘", "clean-up and review"),
    Phase.REPORT: Text("总结报告", "report"),
}


def blockers(incident: Incident, now: datetime | None = None) -> list[Text]:
    """Open tasks before the report, shut exit gates, unmet end criteria. Empty when it can end.

    Tasks of a group that was never convened don't block, nor what turned out not to be needed.
    """
    plan = incident.plan
    if plan is None:
        return []
    told = (_reason(incident, plan, each) for each in work.blockers(incident, now))
    return [reason for reason in told if reason is not None]


def _reason(incident: Incident, plan: Plan, blocker: str) -> Text | None:
    kind, _, name = blocker.partition(":")
    if kind == "exit":
        phase = PHASES[Phase(name)]
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


def _asking(incident: Incident, plan: Plan, subject: str, text: Text) -> Text:
    """The same, with the question when it is a fact that is missing."""
    condition = incident.conditions.get(subject)
    if condition is None or condition.verdict is not Verdict.UNKNOWN:
        return text
    questions = [plan.question(name) for name in condition.asks]
    zh, en = "；".join(q.zh for q in questions), "; ".join(q.en for q in questions)
    return Text(f"{text.zh}（尚缺信息：{zh}）", f"{text.en} (needs a fact: {en})") if questions else text
