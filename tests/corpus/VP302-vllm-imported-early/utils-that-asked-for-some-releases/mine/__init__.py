from vllm.utils.torch_utils import is_torch_equal_or_newer


def register():
    return "mine.platform.MinePlatform" if is_torch_equal_or_newer("2.9") else None
