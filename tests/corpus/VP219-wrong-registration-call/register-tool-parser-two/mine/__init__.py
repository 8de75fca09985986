from vllm.tool_parsers import ToolParserManager


def register():
    ToolParserManager.register_lazy_module("mine", "mine.parser:Mine")
