from vllm.tool_parsers import ToolParserManager

def register():
    return "mine.platform.MinePlatform"
