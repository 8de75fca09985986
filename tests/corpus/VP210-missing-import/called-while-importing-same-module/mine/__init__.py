def _apply():
    from vllm.utils import FlexibleArgumentParser


_apply()


def register():
    pass
