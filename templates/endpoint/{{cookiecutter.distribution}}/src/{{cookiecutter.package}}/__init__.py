"""A vLLM endpoint that ranks choices by how likely the served model finds them."""
