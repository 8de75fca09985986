_done = False


def register():
    global _done
    if _done:
        return
    _done = True
    from vllm.attention.layer import Attention
