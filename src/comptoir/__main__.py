"""`python -m comptoir` is the same as `comptoir`."""

from comptoir.cli import main

main()
