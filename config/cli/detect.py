"""``tocsin detect``: the detectors of a distributed installation."""

import sys

import typer

from config.cli.base import command
from config.cli.context import Cli


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "detect", example="tocsin detect", data=False)(detect)


def detect(cli: Cli) -> None:
    """Run the detectors on what comes in over Kafka

    Any number of these share the partitions; when one dies the others take over its partitions and their states.
    """
    from config.detect import run
    from config.logs import set_up_logs
    from config.stream_meter import answering

    set_up_logs()

    def started(rules: int, partitions: int) -> None:
        cli.say(cli.t("{rules} detection rules on {partitions} partitions").format(rules=rules, partitions=partitions))
        cli.say(cli.t("Stop with Ctrl-C."))
        sys.stdout.flush()

    with answering(cli.settings.metrics):
        run(cli.settings, started)
