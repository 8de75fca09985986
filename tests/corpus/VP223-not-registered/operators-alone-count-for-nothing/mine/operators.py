from vllm.utils.torch_utils import direct_register_custom_op


def run(x: int) -> int:
    return x


direct_register_custom_op("mine", run)
