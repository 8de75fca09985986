"""The entry point of the group `{{ cookiecutter.group }}`.

vLLM takes no function here but the class itself, and the class derives from vLLM's. It is imported
when it is asked for, so that importing this module imports nothing of vLLM.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .stat_logger import JsonLinesStatLogger

__all__ = ["JsonLinesStatLogger"]


def __getattr__(name: str) -> object:
    if name == "JsonLinesStatLogger":
        from .stat_logger import JsonLinesStatLogger

        return JsonLinesStatLogger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
