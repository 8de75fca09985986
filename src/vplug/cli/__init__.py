"""The command line: one module a command, loaded only when it is typed."""

from __future__ import annotations


def main() -> None:
    """Run the ``vplug`` console script and exit with its status."""
    from vplug.cli.interrupt import note_interrupts

    note_interrupts()
    from vplug.cli.app import run

    run()
