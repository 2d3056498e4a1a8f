"""For every test: a lab that a test brings up is there for this process, and of no use after it."""

from __future__ import annotations

import os

from lab import claims

os.environ[claims.OWNER] = str(os.getpid())
