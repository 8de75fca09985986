from vllm.utils.argparse_utils import FlexibleArgumentParser
import vllm.utils
