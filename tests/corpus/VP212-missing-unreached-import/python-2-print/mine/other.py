from vllm.utils import FlexibleArgumentParser
print 'x'
