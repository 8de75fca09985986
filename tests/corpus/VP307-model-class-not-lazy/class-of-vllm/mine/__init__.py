def register():
    from vllm import ModelRegistry
    from vllm.model_executor.models.qwen2 import Qwen2ForCausalLM

    ModelRegistry.register_model("Mine", Qwen2ForCausalLM)
