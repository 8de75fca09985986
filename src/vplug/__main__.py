"""Run vplug as ``python -m vplug``."""

from vplug.cli import main

if __name__ == "__main__":
    main()
