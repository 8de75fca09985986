from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm import LLM
else:
    from .plugin import register
