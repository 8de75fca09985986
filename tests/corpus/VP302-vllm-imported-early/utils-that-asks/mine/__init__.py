from vllm.utils.mem_utils import MemorySnapshot

def register():
    return "mine.platform.MinePlatform"
