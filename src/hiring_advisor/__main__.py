"""`python -m hiring_advisor` is `hiring-advisor`."""

from hiring_advisor.channels.cli import main

if __name__ == "__main__":
    main()
