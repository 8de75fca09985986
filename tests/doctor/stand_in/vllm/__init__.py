"""Stands in for vLLM where a test needs its choice of a platform and no engine."""
