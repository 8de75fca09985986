"""From nouns to text and JSON. Pure functions: they read nothing and decide nothing."""
