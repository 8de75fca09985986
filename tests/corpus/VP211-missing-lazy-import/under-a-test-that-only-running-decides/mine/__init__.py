def __getattr__(name):
    if name == "Parser":
        from vllm.utils import FlexibleArgumentParser
        return FlexibleArgumentParser
    raise AttributeError(name)


def register():
    pass
