"""The entry point of the group `{{ cookiecutter.group }}`.

This module imports nothing of vLLM, and the web framework only when vLLM asks for the endpoint.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .endpoint import RankEndpoint


def register() -> "RankEndpoint":
    """Return the endpoint; vLLM adds its route if the served model has the task it requires."""
    from .endpoint import RankEndpoint

    return RankEndpoint()
