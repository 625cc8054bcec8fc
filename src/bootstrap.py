"""Make the environment in .venv: the first thing that runs on a new machine, under whatever Python is there.

This file must parse on any Python, so that an old one can be told what is needed: no annotations, no f-strings, and all
real work in bootstrap_install.py, which is only imported by a Python that can read it.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python than the project's is the very case
    sys.stderr.write(
        "Python 3.11 or newer is needed, and this is "
        + ".".join(str(number) for number in sys.version_info[:3])
        + " ("
        + sys.executable
        + "). Install a newer one, then name it: make PYTHON=python3.13 lab\n"
    )
    sys.exit(2)

from bootstrap_install import main

sys.exit(main(sys.argv[1:]))
