def register():
    from vllm import SamplingParams

    params = SamplingParams()
    params.n = 2
