from vllm.utils import (
    FlexibleArgumentParser,
    argparse_utils,
)
