from vllm import utils

utils.cdiv = None
