"""The entry point of the group `{{ cookiecutter.group }}`.

vLLM takes no function here but the class itself, and the class derives from vLLM's. It is imported
when it is asked for, so that importing this module imports nothing of vLLM.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .processor import TokenRules

__all__ = ["TokenRules"]


def __getattr__(name: str) -> object:
    if name == "TokenRules":
        from .processor import TokenRules

        return TokenRules
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
