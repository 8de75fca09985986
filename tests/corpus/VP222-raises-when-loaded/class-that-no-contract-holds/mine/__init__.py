def register():
    from vllm.v1.worker.gpu_input_batch import InputBatch

    if not hasattr(InputBatch, "add_request"):
        raise RuntimeError("not made for this vLLM")
