"""The clauses of the emergency plan (P) and the service handbook (H) that playbooks serve, and who covers which.

An auditor asks which clause was followed when: tasks cite clauses in ``source``, and this table tells what they say.
"""

from collections.abc import Iterable

from incident.domain.plan import Plan
from incident.domain.words import Text

CLAUSES: dict[str, Text] = {
    "P1.1": Text(zh="保护客户信息和隐私", en="protect customer information and privacy"),
    "P1.2": Text(zh="客服团队快速反应", en="the service team reacts fast"),
    "P1.3": Text(zh="维护企业声誉，减少客户流失", en="protect reputation, lose few customers"),
    "P1.4": Text(zh="高效妥善处理事件", en="handle events efficiently and well"),
    "P2": Text(zh="五类场景及其评估要点", en="the five scenarios and what must be assessed"),
    "P3": Text(zh="三个小组及其职责", en="the three groups and their duties"),
    "P4.1": Text(zh="报告与预警", en="report and alarm"),
    "P4.2": Text(zh="指挥与部署", en="orders"),
    "P4.3": Text(zh="现场处置，步步记录", en="response, every step recorded"),
    "P4.4": Text(zh="后勤保障", en="logistics"),
    "P4.5": Text(zh="现场清理与复盘", en="clean-up and review"),
    "P4.6": Text(zh="向管理层提交总结报告", en="report to management"),
    "P5": Text(zh="物资、待命人员与培训", en="materials, staff on standby, training"),
    "P6.1": Text(zh="每季度演练", en="a drill every quarter"),
    "P6.2": Text(zh="事后收集参与者反馈", en="feedback from participants after every event"),
    "P6.3": Text(zh="跨事件数据分析", en="data analysis over events"),
    "P6.4": Text(zh="定期更新预案", en="the plan is updated"),
    "H1.2.7": Text(zh="尊重客户隐私", en="customer privacy"),
    "H3.1.2": Text(zh="电话铃响三声内接听", en="phone answered within three rings"),
    "H4.1": Text(zh="投诉五类划分", en="five complaint classes"),
    "H4.2": Text(zh="投诉处理七步流程", en="seven-step complaint flow"),
    "H4.3": Text(zh="各类投诉的处理办法", en="the remedy for each class"),
    "H7.3.3": Text(zh="客户数据安全", en="data security"),
    "H7.3.4": Text(zh="全天候服务支持", en="support around the clock"),
    "H8.1.2": Text(zh="两分钟内首次响应", en="first answer within two minutes"),
    "H8.2": Text(zh="服务质量监控", en="quality monitoring"),
    "H9.1": Text(zh="危机处理策略", en="crisis strategy"),
    "H9.2": Text(zh="突发事件处理流程", en="event flow"),
    "H9.3": Text(zh="预案编制、培训、演练和修订", en="plans written, trained, drilled, revised"),
    "H10": Text(zh="持续改进", en="continuous improvement"),
}

IN_EVERY_PLAYBOOK = (
    "P1.1", "P1.2", "P1.3", "P1.4", "P2", "P3", "P4.1", "P4.2", "P4.3", "P4.4", "P4.5", "P4.6", "P5",
    "P6.1", "P6.2", "P6.3", "P6.4", "H7.3.3", "H7.3.4", "H9.1", "H9.2", "H9.3", "H10",
)  # fmt: skip
"""What no scenario may leave out; the others matter to some (complaint classes, answer times …)."""


def coverage(plans: Iterable[Plan]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Clause → playbook id → the tasks that cite it; every clause is in the table, uncovered ones with no tasks."""
    table: dict[str, dict[str, tuple[str, ...]]] = {clause: {} for clause in CLAUSES}
    for plan in plans:
        for clause in CLAUSES:
            table[clause][plan.id] = tuple(task.id for task in plan.tasks if clause in task.source)
    return table
