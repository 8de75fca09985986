try:
    from vllm.inputs import TokensPrompt
except ImportError:
    from vllm.inputs.data import TokensPrompt

def register():
    pass
