"""Where plugins are declared: an environment, a project tree, a wheel, an sdist. Reads; never imports."""
