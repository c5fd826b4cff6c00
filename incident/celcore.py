"""The CEL library (PyPI: common-expression-language) without its command line.

The package imports its own terminal program, and with it a terminal toolkit and a syntax highlighter: half of what
Tocsin needs to start. An empty module in that program's place spares them; nothing else of the package is touched.
"""

import re
import sys
from types import ModuleType

from incident.domain.said import Said, said

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402 - must come after the line above

Context = cel.Context
Program = cel.Program
compile = cel.compile  # noqa: A001 - the library's own name


_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): ")


def fault(error: ValueError) -> Said:
    """Where an expression can't be understood; the parser's own words are its grammar's, not its author's."""
    found = _PLACE.search(str(error))
    if found is None:
        return said("it is not complete")
    return said("line {line}, character {at} does not fit", line=found[1], at=found[2])


__all__ = ["Context", "Program", "compile", "fault"]
