def register():
    try:
        _one()
    except Exception:
        pass


def _one():
    from vllm.utils import FlexibleArgumentParser
