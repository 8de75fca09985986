from vllm import ModelRegistry as MR


def register():
    MR.register_model("Mine", "mine.model.Mine")
