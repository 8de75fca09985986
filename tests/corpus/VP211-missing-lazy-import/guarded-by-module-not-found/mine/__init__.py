def later():
    try:
        from vllm.utils import FlexibleArgumentParser
    except ModuleNotFoundError:
        pass


def register():
    pass
