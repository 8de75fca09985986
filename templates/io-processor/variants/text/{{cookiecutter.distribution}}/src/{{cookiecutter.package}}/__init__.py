"""A vLLM IO processor that embeds texts of any length."""
