"""A vLLM stat logger that writes JSON lines."""
