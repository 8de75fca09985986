# not """ a docstring
from vllm.utils import FlexibleArgumentParser
