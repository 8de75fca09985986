from vllm.utils import (
    argparse_utils,  # (it moved)
    FlexibleArgumentParser,
)
