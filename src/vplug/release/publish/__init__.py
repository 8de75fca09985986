"""Publishing a plugin: what is sent where, the gates before it, twine, and the reading back."""
