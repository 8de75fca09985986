from vllm.mine import tables
from vllm.mine.more import MORE

from .more import EVEN_MORE


def register():
    from vllm.mine.later import LATER

    return tables, MORE, EVEN_MORE, LATER
