"""A target probed in an environment that has vLLM, and what was seen judged by the rules."""
