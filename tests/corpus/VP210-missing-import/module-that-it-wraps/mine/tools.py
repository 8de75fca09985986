from vllm.utils import cdiv
