"""The JSON Schema of ``playbook/v1``, with every field explained in Chinese and English, for editors.

``playbook.schema.json`` beside this file is generated from here by ``tocsin playbook schema``.
"""

import json
from pathlib import Path
from typing import Any

from playbooks.schema import Playbook

SCHEMA_FILE = Path(__file__).parent / "playbook.schema.json"

_COMMON = {
    "id": ("编号，小写字母、数字、- 或 _", "id: small letters, digits, - or _"),
    "when": (
        "成立条件（CEL）；缺少信息时提示去问谁，绝不当作“否”",
        "condition (CEL); a missing fact is asked for, never taken for no",
    ),
    "zh": ("中文文本", "Chinese text"),
    "en": ("英文文本", "English text"),
    "who": ("向哪个岗位了解", "the position that is asked"),
    "label": ("取该标签的值", "the label whose value is taken"),
    "rule": ("检测规则的编号", "id of the detection rule"),
    "text": ("写给人看的说明", "what people read"),
}
FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "Playbook": {
        "schema": ("格式版本，固定为 playbook/v1", "format, always playbook/v1"),
        "version": ("预案版本", "version of the playbook"),
        "title": ("名称", "title"),
        "scenario": ("适用场景", "the scenario it is for"),
        "owner": ("维护岗位", "position that keeps it up to date"),
        "approved": ("批准人和日期", "who approved it and when"),
        "review": ("复审周期", "how often it is gone through"),
        "source": ("依据的条款", "clauses it stands on"),
        "restricted": ("受限事件：无关人员只看到代号", "restricted: outsiders see a code name"),
        "timezone": ("所在时区", "time zone of the centre"),
        "calendar": ("计算工作日的国家或地区代码", "country whose calendar counts business days"),
        "triggers": ("启用方式", "what sets it off"),
        "vars": ("需要掌握的信息", "facts that conditions rest on"),
        "anchors": ("自定义时间点，由任务完成时记下", "own anchors, set by finishing a task"),
        "groups": ("三个小组", "the three groups"),
        "levels": ("事件等级，自上而下第一条成立的生效", "level matrix; the first row that holds counts"),
        "paging": ("通知方式", "how people are paged"),
        "succession": ("接替规则", "who takes over when nobody answers"),
        "limits": ("指挥跨度和值守时长上限", "span of control and duty hours"),
        "overdue_every": ("逾期后每隔多久升级一次", "from one escalation of a late task to the next"),
        "end_hold": ("结束条件须保持的时长", "how long things must stay well before the end"),
        "phases": ("六个阶段及其任务", "the six phases and their tasks"),
        "start_playbook": ("需要同时启动的预案", "further playbooks to start"),
        "end": ("结束条件", "when the incident may end"),
        "after_care": ("善后各项由哪个任务负责", "which task takes care of each duty afterwards"),
        "comms": ("对内对外信息发布；不写则按场景通用口径", "messages; without it those usual for the scenario"),
        "clocks": ("法定和合同时限；不写则按场景通用", "legal and contract clocks; without it the usual ones"),
        "materials": ("取用的应急物资；不写则按场景通用", "materials it takes; without it the usual ones"),
        "rollcall": ("点名安排；不写则按场景通用", "roll calls; without it as usual"),
    },
    "Approved": {"by": ("批准岗位", "position that approved it"), "on": ("批准日期", "date of approval")},
    "Review": {
        "every": ("复审间隔", "from one review to the next"),
        "also_after": ("事件或演练后也要复审", "after these too"),
    },
    "Groups": {
        "leadership": ("应急处理领导小组", "leadership group"),
        "response": ("应急响应小组", "response group"),
        "logistics": ("后勤保障组", "logistics group"),
    },
    "GroupSpec": {
        "head": ("组长岗位", "head, as a position"),
        "deputies": ("副组长，按顺序接替", "deputies in the order they take over"),
        "members": ("成员岗位", "members, as positions"),
        "quorum": ("议事所需人数", "how many must have answered to decide"),
        "sub_leads": ("分组负责人，人数超过指挥跨度时必填", "sub-leads, when the group is larger than the span"),
    },
    "LevelSpec": {
        "level": ("等级，1 最严重", "level, 1 is the gravest"),
        "convene": ("召集的小组", "groups that meet"),
        "update_every": ("多久通报一次", "how often an update is due"),
    },
    "Paging": {
        "ack_within": ("应答时限", "how long an answer may take"),
        "tries": ("每级通知次数", "how often each step is tried"),
    },
    "Succession": {
        "ack_within": ("多久不应答就找下一位", "time to answer before the next one is asked"),
        "then": ("由下一位副组长接替", "the next deputy takes over"),
        "last_resort": ("始终无人应答时通知谁", "whom to call when nobody answers"),
    },
    "Limits": {
        "span_of_control": ("一人最多带几人", "how many one person leads"),
        "duty_hours": ("连续值守上限", "longest time on duty"),
        "rest_after": ("连续工作多久须轮休", "time after which people rest"),
    },
    "SignalFact": {},
    "VarSpec": {
        "type": ("类型", "type"),
        "ask": ("要问的问题", "the question"),
        "options": ("可选答案", "the answers"),
        "initial": ("初始值", "initial value"),
        "signal": ("由哪条检测规则的信号得知", "told by the signals of a rule"),
    },
    "SignalTrigger": {
        "scenario": ("信号的场景", "the signal's scenario"),
        "labels": ("信号须带的标签", "labels it must have"),
    },
    "TriggerSpec": {
        "signal": ("由信号启用", "set off by signals"),
        "report": ("由员工报告启用", "set off by a person's report"),
    },
    "StartSpec": {
        "playbook": ("要启动的场景", "the scenario to start"),
        "relation": ("本事件与它的关系", "how this incident stands to it"),
    },
    "CriterionSpec": {},
    "End": {
        "criteria": ("结束条件，全部满足", "all of these must be met"),
        "hold": ("须保持的时长", "for how long"),
        "sign": ("签字岗位", "position that signs"),
    },
    "AfterCare": {
        "feedback": ("收集反馈的任务", "task that collects feedback"),
        "support": ("员工关怀任务", "task that offers support"),
        "debrief": ("复盘任务", "task that debriefs"),
        "report": ("总结报告任务", "task that reports to management"),
        "plan_change": ("修订预案的任务", "task that revises the plan"),
        "data_disposal": ("处理应急中收集的个人信息的任务", "task that disposes of personal data"),
    },
    "PhaseSpec": {
        "entry": ("进入条件", "entry gate"),
        "exit": ("关闭条件，只阻止结束，不阻止干活", "exit gate; it blocks the end, never work"),
        "parallel_with": ("与哪个阶段同时进行", "phase it runs beside"),
        "tasks": ("任务", "tasks"),
    },
    "TaskSpec": {
        "kind": ("类别：行动、决策、沟通、核查、物资、点名、法务", "kind of task"),
        "do": ("做什么", "what to do"),
        "detail": ("怎么做", "how to do it"),
        "owner": ("责任岗位", "position that does it"),
        "backup": ("替补岗位", "position that stands in"),
        "group": ("所属小组", "group whose head is called when it is late"),
        "needs": ("前置任务", "tasks that must be finished first"),
        "due": ("期限", "deadline"),
        "options": ("决策选项", "what the decision chooses among"),
        "sets": ("完成时记下哪项信息", "fact that finishing it tells"),
        "marks": ("完成时记下哪个时间点", "anchor that finishing it sets"),
        "evidence": ("需留存的证据", "evidence to keep"),
        "proof": ("证据是否必须", "whether evidence is required"),
        "waive": ("谁可以豁免", "who may waive it"),
        "temporary": ("临时措施", "a temporary measure"),
        "undo": ("由哪个任务撤销", "task that takes it back"),
        "call": ("调用共用步骤", "part that it calls"),
        "source": ("依据的条款", "clauses it serves"),
        "drill": ("演练时实做、模拟或略过", "what a drill does with it"),
        "blocks_end": ("未完成是否不得结束", "whether the incident can end without it"),
    },
    "Due": {
        "from": ("起算时间点", "anchor it counts from"),
        "in": ("时长，bd 为工作日", "how long after; bd are business days"),
    },
    "Option": {"do": ("选项说明", "what is decided"), "set": ("写入的信息值", "what it makes of the fact")},
    "Waiver": {"by": ("可以豁免的岗位", "positions that may waive it")},
    "Bilingual": {},
    "ClockUse": {
        "use": ("时限册中的编号", "id in the clock book"),
        "owner": ("责任岗位", "position that sees to it"),
        "backup": ("替补岗位", "position that stands in"),
        "from_level": ("达到该等级时自动开始计时", "starts by itself at this level or a graver one"),
        "in": ("合同约定的时限", "a contract's own limit"),
        "target": ("本单位自定的时限", "the house's own limit"),
    },
    "CommsSpec": {
        "lines": ("按受众和渠道的发布安排", "lines, each for an audience on a channel"),
        "never_say": ("绝不能说的话", "words that must not leave the house"),
    },
    "LineSpec": {
        "part": ("属于哪一部分：公关、安抚、业务调整、对内", "which part of the crisis plan"),
        "audience": ("受众", "who hears it"),
        "channel": ("渠道", "channel"),
        "owner": ("撰稿岗位", "position that writes"),
        "approver": ("审批岗位", "position that approves"),
        "backup": ("替补审批岗位", "position that approves in its place"),
        "fields": ("模板中要填的内容", "gaps of its texts"),
        "texts": ("首发、更新、解除三类文案", "texts for first, update and clear"),
        "first_within": ("首次发布时限", "when the first word is due"),
        "cadence": ("各等级的更新间隔", "time from update to update, by level"),
        "expires_in": ("文稿有效期", "how long a draft is good for"),
        "hold_after": ("多久无人审批就自动发布预先批准的口径", "when the holding line goes out by itself"),
        "holding": ("预先批准的口径", "holding line, approved beforehand"),
        "from_level": ("从哪一级开始发布", "the least grave level it is used at"),
    },
    "PhraseSpec": {"words": ("禁用词句", "the words"), "why": ("原因", "the reason")},
    "MaterialUse": {"item": ("物资编号", "id of the item"), "count": ("数量", "how many")},
    "RollCallSpec": {
        "owner": ("主持点名的岗位", "position that runs them"),
        "backup": ("替补岗位", "position that stands in"),
        "care": ("负责关怀和救助的岗位", "position that looks after those in need"),
        "answer_within": ("应答时限", "how long an answer may take"),
    },
}
"""Model → field → what it means, in Chinese and English. A test keeps it complete."""


def playbook_schema() -> dict[str, Any]:
    """The schema as data."""
    found = Playbook.model_json_schema(by_alias=True)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "Tocsin playbook/v1"
    rows = found["properties"]["levels"]
    found["properties"]["levels"] = {
        "anyOf": [
            {"type": "array", "items": {"$ref": "#/$defs/LevelSpec"}, "maxItems": 4},
            {**rows, "title": "By level"},
        ]
    }
    for name, model in {"Playbook": found, **found["$defs"]}.items():
        for field, spec in model.get("properties", {}).items():
            zh, en = FIELDS.get(name, {}).get(field) or _COMMON.get(field, ("", ""))
            if en:
                spec["description"] = f"{zh} / {en}"
    return found


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(playbook_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
