from vllm.sequence import IntermediateTensors

def register():
    return "mine.platform.MinePlatform"
