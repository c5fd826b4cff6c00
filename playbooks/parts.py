"""Called parts: tasks that several playbooks share, put into the plan where they are called when the file is loaded.

A part's tasks get the id ``CALLER.ID``. They begin when the caller could begin, hold under the caller's condition too,
and the caller is finished after all of them. Being in the plan they are in the snapshot: a later edit of the part does
not touch a running incident.
"""

from collections.abc import Iterator

from playbooks.schema_tasks import Part, TaskSpec


def spread(caller: TaskSpec, part: Part | None) -> Iterator[TaskSpec]:
    """The part's tasks and then the caller; the caller alone when it calls nothing."""
    if part is None:
        yield caller
        return
    own = {task.id for task in part.tasks}
    waited_for = {need for task in part.tasks for need in task.needs}
    for task in part.tasks:
        inside = tuple(f"{caller.id}.{need}" for need in task.needs if need in own)
        yield task.model_copy(update={
            "id": f"{caller.id}.{task.id}",
            "needs": inside or caller.needs,
            "when": _both(caller.when, task.when),
            "undo": f"{caller.id}.{task.undo}" if task.undo else None,
            "drill": caller.drill if caller.drill != "real" else task.drill,
            "source": task.source or caller.source,
        })  # fmt: skip
    last = tuple(f"{caller.id}.{task.id}" for task in part.tasks if task.id not in waited_for)
    yield caller.model_copy(update={"needs": (*caller.needs, *last)})


def _both(outer: str | None, inner: str | None) -> str | None:
    return f"({outer}) && ({inner})" if outer and inner else outer or inner
