from vllm.utils import FlexibleArgumentParser

MORE = EVEN_MORE = FlexibleArgumentParser
