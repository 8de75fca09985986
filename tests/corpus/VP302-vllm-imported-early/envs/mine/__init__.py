import vllm.envs as envs

def register():
    return "mine.platform.MinePlatform"
