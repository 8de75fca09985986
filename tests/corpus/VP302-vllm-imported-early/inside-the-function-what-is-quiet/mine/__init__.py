def register():
    from vllm.logger import init_logger

    init_logger("mine").info("asked")
    return "mine.platform.MinePlatform"
