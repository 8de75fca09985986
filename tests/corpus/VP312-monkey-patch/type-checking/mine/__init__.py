from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm import utils

    utils.x = 1

def register():
    pass
