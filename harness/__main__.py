"""`python3 harness`: sets everything up where that is needed, then does what is asked.

Without arguments it grades all katas. This file is kept readable for any Python 3, and needs
nothing that is not in the standard library.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "This needs Python 3.11 or later; %s is Python %d.%d.\n"
        "  try        python3.13 harness   (or 3.11, 3.12, 3.14: whichever you have)\n"
        "             sudo apt install python3 python3-venv   (on Debian 12 or Ubuntu 24.04)\n"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )
    sys.exit(2)

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
# Run as a folder, Python has put the package's own folder first, instead of the one around it.
if sys.path and os.path.abspath(sys.path[0]) == HERE:
    sys.path[0] = ROOT

if __name__ == "__main__":
    from harness.bootstrap import main

    main(ROOT)
