from vllm import LLM, SamplingParams

def register():
    return "mine.platform.MinePlatform"
