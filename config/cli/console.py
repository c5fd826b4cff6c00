"""Rich's console, which leaves to the program how to end when nobody reads any more."""

import rich.console


class Console(rich.console.Console):
    """Rich itself would end the process there, as if something had gone wrong."""

    def on_broken_pipe(self) -> None:
        """The reader has gone, as with ``| head``."""
        raise BrokenPipeError
