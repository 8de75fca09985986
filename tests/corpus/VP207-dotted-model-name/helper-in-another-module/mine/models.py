import vllm

PATH = "mine.model.Mine"


def add_all():
    vllm.ModelRegistry.register_model("Mine", PATH)
