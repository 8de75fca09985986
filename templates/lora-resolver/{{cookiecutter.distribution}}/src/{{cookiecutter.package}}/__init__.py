"""A vLLM LoRA resolver: adapters from a folder, and from a web address with a local cache."""
