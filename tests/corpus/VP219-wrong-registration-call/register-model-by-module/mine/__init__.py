import vllm


def register():
    vllm.ModelRegistry.register_model("Mine", "mine.model:Mine", force=True)
