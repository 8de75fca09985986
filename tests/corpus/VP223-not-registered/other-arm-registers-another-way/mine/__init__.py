"""Mine."""


def register():
    try:
        from vllm.entrypoints.openai.tool_parsers import ToolParserManager

        ToolParserManager.register_module(["mine"], True, None)
    except ImportError:
        from vllm.tool_parsers import ToolParserManager

        ToolParserManager.register_lazy_module("mine", "mine.parser", "Parser")
    from vllm import ModelRegistry

    ModelRegistry.register_model("Mine", "mine.model:Mine")
