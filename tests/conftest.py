"""For every test: a lab that a test brings up is there for this process, and of no use after it; and Ctrl-C is heard.

A shell that runs the tests in its background has them ignore SIGINT, and all that they start would too.
"""

from __future__ import annotations

import os
import signal

from lab import claims

os.environ[claims.OWNER] = str(os.getpid())
signal.signal(signal.SIGINT, signal.default_int_handler)
