"""A vLLM attention backend, registered from a general plugin."""
