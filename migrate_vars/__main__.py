"""``python -m migrate_vars`` is ``migrate-vars``."""

from __future__ import annotations

import sys

from migrate_vars.cli import main

if __name__ == "__main__":
    sys.exit(main())
