from vllm.platforms.cuda import NvmlCudaPlatform


class MyPlatform(NvmlCudaPlatform):
    pass
