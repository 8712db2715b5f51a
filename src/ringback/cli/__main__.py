"""`python -m ringback.cli` is `ringback`."""

from ringback.cli.main import main

main()
