"""A vLLM logits processor that allows or bans tokens, as each request asks."""
