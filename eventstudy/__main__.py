"""`python -m eventstudy`, the command line."""

from eventstudy.cli import main

main()
