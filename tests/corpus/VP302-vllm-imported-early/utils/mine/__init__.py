from vllm.utils.import_utils import resolve_obj_by_qualname

def register():
    return "mine.platform.MinePlatform"
