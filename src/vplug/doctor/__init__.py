"""This machine: what vLLM will load, which platform wins and why, what its devices report."""
