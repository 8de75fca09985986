import sys

import mine.stand_in

sys.modules["vllm.lost.layer"] = mine.stand_in


def register():
    from vllm.lost.layer import Attention
    from vllm.lost.other import X

    return Attention, X
