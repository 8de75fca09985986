"""A decoder model for vLLM, registered by a general plugin."""
