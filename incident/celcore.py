"""The CEL library (PyPI: common-expression-language) without its command line.

The package imports its own terminal program, and with it a terminal toolkit and a syntax highlighter: half of what
Tocsin needs to start. An empty module in that program's place spares them; nothing else of the package is touched.
"""

import sys
from types import ModuleType

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402 - must come after the line above

Context = cel.Context
Program = cel.Program
compile = cel.compile  # noqa: A001 - the library's own name

__all__ = ["Context", "Program", "compile"]
