"""`python -m eventstudy`, the command line."""

from eventstudy.cli import main

if __name__ == "__main__":  # a process of a pool imports this file, and is to run nothing
    main()
