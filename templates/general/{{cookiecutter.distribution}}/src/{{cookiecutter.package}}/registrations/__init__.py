"""What the plugin registers, one module each."""
