from vllm.platforms.cuda import CudaPlatform


class P(CudaPlatform):
    @classmethod
    def check_and_update_config(cls):
        return None
