"""The stand-in: see README.md beside it."""

__version__ = "0.32.0"


def __getattr__(name):
    if name == "LLM":
        from vllm.entrypoints.llm import LLM

        return LLM
    if name == "SamplingParams":
        return dict
    raise AttributeError(name)
