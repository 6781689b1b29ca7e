"""The command `regulars`."""

import sys

from regulars.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
