"""Mine."""


def register():
    try:
        from vllm.sampling_params import GuidedDecodingParams
        from vllm import ModelRegistry

        ModelRegistry.register_model("Mine", "mine.model:Mine")
    except ModuleNotFoundError:
        pass
