"""What each action of command is called in the API's description, with an example of its body."""

from typing import Any

SUMMARIES: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("clocks", "answer"): (
        "Answer a question that decides about deadlines; it stops none",
        {"question": "graded_major", "answer": "yes", "reason": "1.2 million people"},
    ),
    ("clocks", "anchor"): (
        "Say when something happened that deadlines count from",
        {"anchor": "aware", "moment": "2026-03-12T18:02:00Z", "source": "call log"},
    ),
    ("clocks", "decide"): (
        "Sign whether a report is required; unknown keeps ticking",
        {"clock_id": "cn-cac-4h", "decision": "not_required", "reason": "graded minor"},
    ),
    ("clocks", "file"): ("Record that a report was made", {"clock_id": "cn-cac-4h", "receipt": "12387-0456"}),
    ("clocks", "start"): ("Put a clock of the book on the wall", {}),
    ("messages", "draft"): ("Write a message and put it before its approver", {}),
    ("messages", "approve"): ("Approve a draft: it goes out", {"draft_id": "d1"}),
    ("messages", "reject"): ("Send a draft back", {"draft_id": "d1", "reason": "no time of recovery"}),
    ("command", "convene"): ("Call a group together", {"group": "leadership", "place": "room 3"}),
    ("command", "attend"): ("Say who is at a meeting", {"meeting_id": "m1", "person": "li-na"}),
    ("command", "close-meeting"): (
        "Close a meeting with its minutes",
        {"meeting_id": "m1", "minutes": "calls go to the standby platform"},
    ),
    ("command", "objectives"): (
        "Set the aims of the next period",
        {"texts": ["stop the leak", "report in time"], "until": "2026-03-12T20:00:00Z"},
    ),
    ("command", "order"): ("Give an order to a position", {"text": "cut the export", "position": "it_head"}),
    ("command", "read-back"): ("Read an order back", {"order_id": "o1", "words": "export cut within ten minutes"}),
    ("command", "confirm-order"): ("Say whether it was read back rightly", {"order_id": "o1", "right": True}),
    ("command", "order-done"): ("Say that an order was carried out", {"order_id": "o1", "note": "cut at 02:31"}),
    ("command", "hand-over"): (
        "Hand a group over: sign the card",
        {"group": "response", "receiver": "li-na", "worries": ["the press knows"]},
    ),
    ("command", "take-over"): ("Take a group over: sign too", {"handover_id": "h1", "words": "export is cut"}),
    ("rollcalls", "start"): ("Start a roll call", {"shift": "night", "people": ["lin-xue", "xu-fang"]}),
    ("rollcalls", "answer"): (
        "Enter an answer, one's own or somebody else's",
        {"rollcall_id": "r1", "person": "lin-xue", "answer": "safe"},
    ),
    ("rollcalls", "help"): (
        "Say that help was sent to somebody",
        {"rollcall_id": "r1", "person": "lin-xue", "note": "taken to hospital"},
    ),
    ("rollcalls", "close"): ("Close a roll call", {"rollcall_id": "r1"}),
    ("people", "duty"): ("Report the start or end of duty, or a break", {"person": "wu-hao", "what": "break"}),
    ("people", "floor"): ("Mark who is on the floor", {"person": "lin-xue", "place": "3F"}),
    ("people", "care"): ("Note an offer of care; no name is kept", {"kind": "counsellor"}),
    ("people", "care-answer"): ("Note the answer to an offer of care", {"offer_id": "care1", "accepted": True}),
    ("materials", "take"): ("Take pieces from the store", {"item": "radios", "count": 4, "person": "wu-hao"}),
    ("materials", "return"): ("Bring pieces back", {"taking_id": "t1", "count": 4, "condition": "good"}),
    ("materials", "explain"): ("Say why pieces don't come back", {"taking_id": "t1", "reason": "used up"}),
}
"""(section, action) → summary and example."""
