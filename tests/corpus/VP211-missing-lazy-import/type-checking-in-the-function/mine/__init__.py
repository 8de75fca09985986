from typing import TYPE_CHECKING


def later():
    if TYPE_CHECKING:
        from vllm.utils import FlexibleArgumentParser


def register():
    pass
