# group: vllm.general_plugins
# says: calling it gives a coroutine, and vLLM runs nothing of it
async def register():
    import vllm.worker

    vllm.worker.execute()
