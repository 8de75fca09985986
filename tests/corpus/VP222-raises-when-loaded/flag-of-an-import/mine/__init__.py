try:
    from vllm.nowhere import Thing

    THERE = True
except ImportError:
    THERE = False


def register():
    if not THERE:
        raise ImportError("vLLM is too old")
