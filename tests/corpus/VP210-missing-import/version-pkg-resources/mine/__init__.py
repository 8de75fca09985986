import pkg_resources

if pkg_resources.get_distribution("vllm").parsed_version < pkg_resources.parse_version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass
