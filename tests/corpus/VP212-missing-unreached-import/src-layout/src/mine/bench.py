from vllm.utils import FlexibleArgumentParser
