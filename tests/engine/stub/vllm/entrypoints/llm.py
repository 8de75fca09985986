from vllm.v1.engine.llm_engine import LLMEngine


class LLM:
    def __init__(self, **settings):
        self.llm_engine = LLMEngine(settings)

    def generate(self, prompts, params, use_tqdm=True):
        class Output:
            token_ids = [1, 2, 3]

        class Request:
            outputs = [Output()]

        self.llm_engine.ask()
        return [Request() for _ in prompts]
