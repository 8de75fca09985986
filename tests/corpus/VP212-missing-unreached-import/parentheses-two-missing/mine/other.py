from vllm.utils import (
    FlexibleArgumentParser,  # the parser
    # the cache
    LRUCache as Cache,
)
