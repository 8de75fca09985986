"""Tells what the interpreter is: its version and the wheel tags that it takes, best first."""

from __future__ import annotations

import sys

import _vplug_channel as channel


def main():
    """Answer ``{"libraries": [folders that hold packaging]}``."""
    request = channel.open_request()
    answer = {"version": list(sys.version_info[:3]), "executable": sys.executable, "tags": []}
    sys.path += request["libraries"]
    try:
        from packaging.tags import sys_tags

        answer["tags"] = [str(tag) for tag in sys_tags()]
    finally:
        channel.finish(answer)


main()
