"""Run the command `agentkit` as `python -m agentkit`."""

import sys

from agentkit.cli import main

sys.exit(main())
