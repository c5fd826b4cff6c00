"""Sentences by which command refuses something, recognised by their shape; remedies without a gap stand as they are."""

from incident.report.words import msg

SHAPES: tuple[tuple[str, str], ...] = (
    (r"(?P<a>\w+): '(?P<b>.*)' is unknown", msg("{a}: '{b}' is unknown")),
    (r"group: (?P<a>\S+) is not in this playbook", msg("group: {a} is not in this playbook")),
    (r"objectives: (?P<a>\d+) given", msg("objectives: {a} given")),
    (r"give one to (?P<a>\d+)", msg("give one to {a}")),
    (r"(?P<a>\w+): lies in the (?:future)", msg("{a}: lies in the future")),
    (r"(?P<a>\w+): lies in the (?:past)", msg("{a}: lies in the past")),
    (r"(?P<a>\S+): was not read back yet", msg("{a}: was not read back yet")),
    (r"(?P<a>\S+): who reads an order back can't confirm it", msg("{a}: who reads an order back can't confirm it")),
    (r"group: nobody leads (?P<a>\S+) yet", msg("group: nobody leads {a} yet")),
    (r"(?P<a>\S+) is for somebody else", msg("{a} is for somebody else")),
    (r"(?P<a>\S+) is not on duty", msg("{a} is not on duty")),
    (r"people: (?P<a>\d+) named", msg("people: {a} named")),
    (
        r"(?P<a>\S+): (?P<b>\d+) have not answered, (?P<c>\d+) wait for help",
        msg("{a}: {b} have not answered, {c} wait for help"),
    ),
    (r"fields: (?P<a>.+) are missing", msg("fields: {a} are missing")),
    (r"(?P<a>\S+) is (?:released|rejected|expired)", msg("{a} is settled already")),
    (r"(?P<a>\S+) has expired", msg("{a} has expired")),
    (r"(?P<a>\S+): needs the approval of (?P<b>\S+)", msg("{a}: needs the approval of {b}")),
    (r"count: (?P<a>-?\d+), but (?P<b>\d+) are out", msg("count: {a}, but {b} are out")),
    (r"(?P<a>\w+): not a number from (?P<b>\d+) to (?P<c>\d+)", msg("{a}: not a number from {b} to {c}")),
    (
        r"(?P<a>\S+): only (?P<b>.+) can sign that no report is needed",
        msg("{a}: only {b} can sign that no report is needed"),
    ),
    (r"(?P<a>\S+): filed too late", msg("{a}: filed too late")),
    (r"stage: '(?P<a>.*)' has no text", msg("stage: '{a}' has no text")),
    (r"clock: '(?P<a>.*)' is not in the clock book", msg("clock: '{a}' is not in the clock book")),
)
"""Pattern → sentence."""

PLAIN: tuple[str, ...] = (
    msg("only who leads a group can hand it over"),
    msg("receiver: leads the group already"),
    msg("person: has not asked for help"),
    msg("text: is empty in one language"),
    msg("choose a group of the playbook"),
    msg("say when the period ends"),
    msg("what is out can be corrected by an update"),
    msg("let the receiver say it again first"),
    msg("whoever gave it confirms it"),
    msg("take the lead first"),
    msg("ask its leader, or take the lead"),
    msg("name somebody else"),
    msg("the named receiver signs"),
    msg("report the start of duty first"),
    msg("name those on shift, or mark who is on the floor"),
    msg("find them first, or say in a note why it is closed all the same"),
    msg("write it in Chinese and English"),
    msg("fill in every field the template needs"),
    msg("fill in the fields it needs"),
    msg("write a new one from today's facts"),
    msg("ask the approver or the lead"),
    msg("give a whole number above zero"),
    msg("give the number that is out, or none"),
    msg("let the clock's owner, its backup or the lead decide"),
    msg("say why it is late"),
    msg("This must not be said outside:"),
    msg("say it in other words"),
)
"""Sentences that are told as they are."""
