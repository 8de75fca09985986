"""A vLLM general plugin: a table of registrations, run in each of vLLM's processes."""
