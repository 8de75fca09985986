def register():
    from vllm import utils

    utils.cdiv = None  # vplug: ignore[VP312]
