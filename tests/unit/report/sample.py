"""Sample logs for the report's tests: an outage with late tasks, a leak, a drill. Times are in minutes."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from incident.domain import events as e
from incident.domain.plan import GroupPlan, LevelPlan, Plan, TaskPlan
from incident.domain.signal import Contributor, Evidence
from incident.domain.words import Degree, Group, Phase, Scenario, Text
from incident.report.names import Names

T0 = datetime(2026, 3, 12, 14, 7, tzinfo=UTC)


def minute(minutes: float) -> datetime:
    """The moment so many minutes after the sample's beginning."""
    return T0 + timedelta(minutes=minutes)


NAMES = Names(
    people={
        "li_na": Text("李娜", "Li Na"), "wang_wei": Text("王伟", "Wang Wei"), "zhao_min": Text("赵敏", "Zhao Min"),
        "chen_hao": Text("陈昊", "Chen Hao"), "sun_li": Text("孙丽", "Sun Li"), "he_jing": Text("何静", "He Jing"),
        "zhou_ting": Text("周婷", "Zhou Ting"),
    },
    positions={
        "centre_director": Text("中心主任", "Centre director"), "ops_manager": Text("运营经理", "Operations manager"),
        "tech_manager": Text("技术支持经理", "Technical-support manager"), "legal_head": Text("法务负责人",
        "Head of legal"),
        "supervisor": Text("客服主管", "Service supervisor"), "it_head": Text("IT 负责人", "Head of IT"),
        "admin_manager": Text("行政经理", "Administration manager"), "hr": Text("人力资源专员", "HR officer"),
    },
)  # fmt: skip

GROUPS = (
    GroupPlan(Group.LEADERSHIP, "centre_director", ("tech_manager", "ops_manager"), ("it_head", "legal_head")),
    GroupPlan(Group.RESPONSE, "supervisor", ("it_head",)),
    GroupPlan(Group.LOGISTICS, "admin_manager", (), ("hr",)),
)
SEATS = (
    e.Seat(Group.LEADERSHIP, "head", "centre_director", "zhao_min"),
    e.Seat(Group.LEADERSHIP, "deputy", "tech_manager", "wang_wei"),
    e.Seat(Group.LEADERSHIP, "deputy", "ops_manager", "sun_li"),
    e.Seat(Group.LEADERSHIP, "member", "legal_head", "he_jing"),
    e.Seat(Group.RESPONSE, "head", "supervisor", "li_na"),
    e.Seat(Group.RESPONSE, "deputy", "it_head", None),
    e.Seat(Group.LOGISTICS, "head", "admin_manager", "zhou_ting"),
    e.Seat(Group.LOGISTICS, "member", "hr", "chen_hao"),
)


def _task(
    task_id: str,
    phase: Phase,
    zh: str,
    en: str,
    owner: str,
    due: int | None,
    group: Group = Group.RESPONSE,
    kind: str = "action",
    due_from: str = "opened",
    source: tuple[str, ...] = ("P4.3",),
    drill: str = "real",
) -> TaskPlan:
    return TaskPlan(
        task_id, phase, Text(zh, en), owner, kind, group=group, due_from=due_from, source=source, drill=drill,
        due_in=None if due is None else timedelta(minutes=due),
    )  # fmt: skip


OUTAGE_PLAN = Plan(
    "system-outage", "1.3.0", Scenario.SYSTEM_OUTAGE, Text("系统故障应急预案", "System outage plan"),
    hashlib.sha256(b"system-outage 1.3.0").hexdigest(), GROUPS,
    tasks=(
        _task("verify", Phase.ALARM, "核实故障现象与范围", "Verify symptoms and scope", "supervisor", 5, kind="check"),
        _task("decide", Phase.ORDERS, "确定应对措施并分派职责", "Decide measures and name duties",
        "centre_director", 15,
              Group.LEADERSHIP, "decision"),
        _task("ivr", Phase.RESPONSE, "发布 IVR 语音公告", "Put the announcement on the IVR", "ops_manager", 10,
              Group.LEADERSHIP, "comms"),
        _task("script", Phase.RESPONSE, "向坐席下发统一话术", "Give agents one script", "supervisor", 15,
        kind="comms"),
        _task("failover", Phase.RESPONSE, "切换至备用话务平台", "Fail over to the standby telephony platform",
        "it_head", 30),
        _task("callback", Phase.RESPONSE, "登记回拨客户名单", "List customers to call back", "supervisor", 40),
        _task("radios", Phase.LOGISTICS, "发放备用通讯设备", "Hand out back-up communication devices",
        "admin_manager", 20,
              Group.LOGISTICS, "resource", source=("P5",)),
        _task("care", Phase.LOGISTICS, "安排坐席轮休与心理支持",
        "Rest breaks and psychological support for agents", "hr", 60,
              Group.LOGISTICS, source=("P4.4",)),
        _task("clear", Phase.CLEANUP, "完成遗漏来电回拨", "Call back everyone who was missed", "supervisor", 120,
              due_from="recovered", source=("P4.5",)),
        _task("review", Phase.CLEANUP, "召开复盘会", "Hold the review", "ops_manager", 2880, Group.LEADERSHIP,
              due_from="recovered", source=("P4.5", "P6.2")),
    ),
    levels={1: LevelPlan((Group.LEADERSHIP, Group.RESPONSE, Group.LOGISTICS), timedelta(minutes=30))},
    source=("P2", "P4"),
)  # fmt: skip


class Log:
    """Collects entries of one stream, numbered and chained."""

    def __init__(self, stream: str, start: datetime = T0) -> None:
        self.stream, self.start, self.entries = stream, start, list[e.Entry]()

    def add(self, minutes: float, actor: str, *events: e.DomainEvent, recorded: float | None = None) -> "Log":
        """Entries that happened ``minutes`` after the start; ``recorded`` when they were entered later."""
        at = self.start + timedelta(minutes=minutes)
        noted = at if recorded is None else self.start + timedelta(minutes=recorded)
        for event in events:
            before = self.entries[-1].hash if self.entries else ""
            chained = hashlib.sha256(f"{before}{event!r}".encode()).hexdigest()
            self.entries.append(e.Entry(self.stream, len(self.entries) + 1, event, actor, at, noted, chained))
        return self


def _window(start: float, expected: float, jump: int, high: float, size: int = 40) -> tuple[tuple[float, float], ...]:
    base = T0.timestamp() + start * 60
    wobble = (0.0, 1.2, -0.8, 0.6, -1.1, 0.3, 1.5, -0.4)
    return tuple(
        (base + i * 60, round((high if i >= jump else expected) + wobble[i % 8] * (4 if i >= jump else 1), 2))
        for i in range(size)
    )


def outage(until: float = 10_000) -> list[e.Entry]:
    """A level-1 outage in the night: a deputy seat empty, failover late, one task waived, recovered and signed off.

    Only entries up to ``until`` minutes are returned.
    """
    log = Log("INC-2026-0012")
    _outage_alarm(log)
    _outage_work(log)
    _outage_end(log)
    return [x for x in log.entries if x.occurred_at <= minute(until)]


def _outage_alarm(log: Log) -> None:
    labels = {"service": "telephony", "site": "hangzhou"}
    evidence = Evidence(
        "3%", "41%", minute(-2), "%", "8 of 10 minutes over 12%", _window(-32, 3, 31, 41),
        (Contributor("queue=general", 0.62), Contributor("queue=vip", 0.21)), ("来电 138****2211 排队 9 分钟后放弃",),
    )  # fmt: skip
    log.add(4, "detector:abandon_rate", e.IncidentOpened(
        "INC-2026-0012", Scenario.SYSTEM_OUTAGE,
        Text("电话平台来电放弃率骤升", "Telephony: callers give up in large numbers"),
        2, Degree.HIGH, Degree.MEDIUM, "service=telephony|site=hangzhou", minute(0), minute(3), labels,
            code_name="青松-12",
    ))  # fmt: skip
    log.add(4, "detector:abandon_rate", e.SignalsJoined(
        ("s1",), "same_key", "abandon_rate", Text("来电放弃率异常", "Abandonment rate unusual"), Degree.HIGH,
            Degree.MEDIUM,
        labels, evidence,
    ))  # fmt: skip
    log.add(4, "system", e.PlaybookActivated(OUTAGE_PLAN, SEATS), e.GroupConvened(Group.LEADERSHIP, "level 2"),
            e.GroupConvened(Group.RESPONSE, "level 2"), e.PhaseEntered(Phase.ALARM))  # fmt: skip
    steps = (
        e.CallStep("heads", ("centre_director", "supervisor")),
        e.CallStep("deputies:1", ("tech_manager", "it_head")),
    )
    log.add(4, "system", e.CallOpened("alarm", "alarm", steps), e.CallStepped("alarm", 0, 0, "opened", minute(9)),
            e.PageRequested("p1", "alarm", "zhao_min", "centre_director", "alarm"),
            e.PageRequested("p2", "alarm", "li_na", "supervisor", "alarm"))  # fmt: skip
    log.add(4.1, "system", e.PageDelivered("p1", "zhao_min", "slack"))
    log.add(4.2, "system", e.PageFailed("p2", "li_na", "slack", "timeout", permanent=False, next_via="sms"))
    log.add(4.6, "system", e.PageDelivered("p2", "li_na", "sms"))
    log.add(9, "system", e.NobodyOnDuty("alarm", "it_head"), e.CallStepped("alarm", 1, 0, "no_answer", minute(14)),
            e.PageRequested("p3", "alarm", "wang_wei", "tech_manager", "alarm"))  # fmt: skip
    log.add(9.2, "system", e.PageDelivered("p3", "wang_wei", "slack"))
    log.add(10.5, "person:li_na", e.IncidentAcknowledged("li_na", "slack"), e.CallAnswered("alarm", "li_na", "slack"),
            e.PositionAssumed(Group.RESPONSE, "head", "supervisor", "li_na"))  # fmt: skip
    log.add(
        12, "person:wang_wei", e.PositionAssumed(Group.LEADERSHIP, "head", "centre_director", "wang_wei", acting=True)
    )


def _outage_work(log: Log) -> None:
    log.add(11, "person:li_na", e.TaskStarted("verify"))
    log.add(13, "person:li_na", e.TaskDone("verify", "全部队列受影响，外呼正常"), e.PhaseEntered(Phase.ORDERS))
    log.add(14, "detector:trunk_down", e.SignalsJoined(
        tuple(f"t{i}" for i in range(24)), "service_map", "trunk_down", Text("中继线路中断", "Trunk lines down"),
        Degree.HIGH, Degree.HIGH, {"service": "sip-trunk"}, Evidence("0", "24", minute(12), "", "", ()),
    ), e.LevelChanged(2, 1, Degree.HIGH, Degree.HIGH, "signals_worse"), e.GroupConvened(Group.LOGISTICS,
        "level 1"))  # fmt: skip
    log.add(14, "system", e.CallOpened("convene:logistics", "convene", (e.CallStep("heads", ("admin_manager",)),)),
            e.CallStepped("convene:logistics", 0, 0, "opened", minute(19)),
            e.PageRequested("p4", "convene:logistics", "zhou_ting", "admin_manager", "convene"))  # fmt: skip
    log.add(14.3, "system", e.PageDelivered("p4", "zhou_ting", "phone"))
    log.add(15, "detector:login_fail", e.SignalsSuppressed(
        ("x1", "x2", "x3"), "login_fail", Text("坐席登录失败增多", "Agents can't sign in"), "inhibited_by_dependency",
        "INC-2026-0012"))  # fmt: skip
    log.add(16, "person:zhou_ting", e.CallAnswered("convene:logistics", "zhou_ting", "phone"),
            e.PositionAssumed(Group.LOGISTICS, "head", "admin_manager", "zhou_ting"))  # fmt: skip
    log.add(17, "person:wang_wei", e.NoteAdded("切换备用平台，不等待运营商修复；先发 IVR 公告安抚客户", "decision"),
            e.TaskDone("decide"), e.PhaseEntered(Phase.RESPONSE))  # fmt: skip
    log.add(21, "person:sun_li", e.TaskDone("ivr", "公告已上线，承诺 2 小时内更新"))
    log.add(18, "person:li_na", e.TaskDone("script"), recorded=33)
    log.add(22, "person:zhou_ting", e.PhaseEntered(Phase.LOGISTICS), e.TaskDone("radios"))
    log.add(30, "person:wang_wei", e.NoteAdded("备用平台已启动，正在迁移 VIP 队列，预计 23:05 完成", "update"))
    log.add(34, "system", e.TaskOverdue("failover", minute(34), 1))
    log.add(36, "person:zhao_min", e.PositionAssumed(Group.LEADERSHIP, "head", "centre_director", "zhao_min"),
            e.NoteAdded("已向王伟了解情况，由本人接手指挥", "handover"),
            e.FactSet("受影响客户数", "约 3,400 人"))  # fmt: skip
    log.add(44, "person:li_na", e.TaskWaived("callback", "平台自动记录了未接来电，无需人工登记"))
    log.add(52, "person:wang_wei", e.TaskDone("failover", "备用平台承接全部话务"))


def _outage_end(log: Log) -> None:
    log.add(53, "person:wang_wei", e.IncidentMitigated("客户来电已可正常接入备用平台"))
    log.add(70, "system", e.SignalsCleared(("s1",)))
    log.add(74, "system", e.SignalsCleared(tuple(f"t{i}" for i in range(24))), e.AllSignalsCleared(),
            e.LevelChanged(1, 3, Degree.HIGH, Degree.LOW, "all_signals_cleared"))  # fmt: skip
    log.add(75, "person:chen_hao", e.TaskDone("care", "轮休表已发布，2 人预约心理咨询"))
    log.add(78, "person:zhao_min", e.FactSet("未接来电", "1,126 个"), e.FactSet("受影响客户数", "3,287 人"))
    log.add(80, "person:zhao_min", e.IncidentResolved(
        "运营商机房主备电源切换失败，导致中继线路中断。我方到运营商仅有单路由，未能自动切换。",
        "发现后 8 分钟内有人响应，17 分钟确定切换方案，48 分钟完成切换；夜间 IT 负责人岗位无人值守，切换超时 18 分钟。",
        "1,126 个未接来电逐一回拨并致歉；VIP 客户由专人回访；为 38 名投诉客户发放补偿券。",
    ), e.PhaseEntered(Phase.CLEANUP))  # fmt: skip
    log.add(150, "person:li_na", e.TaskDone("clear", "回拨 1,126 个，接通 1,009 个"))
    log.add(1400, "person:sun_li", e.TaskDone("review"))
    log.add(1402, "person:sun_li",
            e.ActionOpened("a1", "中继线路增加第二家运营商，每季度演练切换", "it_head", minute(60 * 24 * 30)),
            e.ActionOpened("a2", "IT 负责人夜班值守表补齐，空岗提前一天告警", "ops_manager",
                minute(60 * 24 * 7)))  # fmt: skip
    log.add(
        1410,
        "person:sun_li",
        e.ActionDone("a2", "值班表已更新"),
        e.IncidentLinked("INC-2026-0013", "causes", "complaints_after_outage"),
    )
    log.add(
        1440, "person:zhao_min", e.PhaseEntered(Phase.REPORT), e.IncidentEnded("zhao_min", "同意结束，整改项按期跟踪")
    )
    log.add(1441, "system", e.ReportIssued("INC-2026-0012-r1", ("zhao_min", "sun_li")))


def leak() -> list[e.Entry]:
    """A restricted leak, still being worked on: reported by a person, one outsider let in, cause unknown."""
    log = Log("INC-2026-0020")
    plan = Plan(
        "data-leak", "1.1.0", Scenario.DATA_LEAK, Text("数据泄露应急预案", "Data leak plan"), "b" * 64, GROUPS,
        tasks=(
            _task("contain", Phase.RESPONSE, "停用涉事账号", "Disable the account involved", "it_head", 15),
            _task("scope", Phase.RESPONSE, "确认泄露范围", "Establish what got out", "it_head", 60, kind="check"),
            _task("notify", Phase.RESPONSE, "判断是否须向监管部门报告",
            "Decide whether to report to the authority", "legal_head",
                  120, Group.LEADERSHIP, "legal"),
        ), restricted=True,
    )  # fmt: skip
    log.add(2, "person:he_jing", e.IncidentOpened(
        "INC-2026-0020", Scenario.DATA_LEAK, Text.same("客户名单疑似外传"), 2, Degree.HIGH, Degree.MEDIUM,
        "report=INC-2026-0020", minute(-600), minute(2), restricted=True, code_name="白鹭-20", reported_by="he_jing",
        description="外部人员出示了含我方工单号的截图。",
    ))  # fmt: skip
    log.add(2, "system", e.PlaybookActivated(plan, SEATS), e.GroupConvened(Group.RESPONSE, "level 2"))
    log.add(3, "system", e.CallOpened("alarm", "alarm", (e.CallStep("heads", ("supervisor",)),)),
            e.CallStepped("alarm", 0, 0, "opened", minute(8)),
            e.PageRequested("p1", "alarm", "li_na", "supervisor", "alarm"))  # fmt: skip
    log.add(
        3,
        "system",
        e.PageFailed("p1", "li_na", "email", "bad_address", permanent=True),
        e.PageUndeliverable("p1", "li_na"),
    )
    log.add(20, "person:li_na", e.IncidentAcknowledged("li_na", "web"), e.CallAnswered("alarm", "li_na", "web"),
            e.TaskDone("contain"))  # fmt: skip
    log.add(25, "person:he_jing", e.AudienceChanged("sun_li", added=True, reason="需要核对导出记录"),
            e.FactSet("个人信息是否外泄", "unknown"))  # fmt: skip
    return log.entries


def drill() -> list[e.Entry]:
    """A drill that stopped because a real incident opened."""
    log = Log("DRL-2026-0003")
    log.add(0, "drill:2026Q1-night", e.IncidentOpened(
        "DRL-2026-0003", Scenario.SYSTEM_OUTAGE, Text("夜班系统故障演练", "Night-shift outage drill"), 3,
        Degree.MEDIUM,
        Degree.MEDIUM, "service=telephony", minute(0), minute(0), drill="2026Q1-night",
    ))  # fmt: skip
    log.add(0, "system", e.PlaybookActivated(OUTAGE_PLAN, SEATS), e.GroupConvened(Group.RESPONSE, "level 3"))
    log.add(4, "person:li_na", e.IncidentAcknowledged("li_na", "cli"),
            e.PositionAssumed(Group.RESPONSE, "head", "supervisor", "li_na"), e.TaskDone("verify",
                simulated=True))  # fmt: skip
    log.add(22, "system", e.DrillStopped("2026Q1-night", "real_incident:INC-2026-0031"))
    return log.entries


def opening(entries: Iterable[e.Entry]) -> list[e.Entry]:
    """Only the first entry."""
    return list(entries)[:1]
