def register():
    check()
    return "mine.platform.MinePlatform"


def check():
    from vllm.platforms import current_platform

    return current_platform
