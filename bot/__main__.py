"""``python -m bot`` is ``warroom``."""

from bot.cli import main

if __name__ == "__main__":
    main()
