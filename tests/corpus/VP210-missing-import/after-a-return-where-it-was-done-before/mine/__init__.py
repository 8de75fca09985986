STATE = {}


def register():
    if STATE:
        return
    from vllm.utils import FlexibleArgumentParser

    STATE["done"] = FlexibleArgumentParser
