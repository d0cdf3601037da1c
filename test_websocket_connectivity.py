"""The WebSocket connectivity test: ``python test_websocket_connectivity.py`` checks the agents on localhost.

The same as ``askwire check``; it takes the same options (``--help``).
"""

import sys
from pathlib import Path

try:
    from askwire.main import run
except ImportError:
    python = Path(__file__).parent / ".venv" / "bin" / "python"
    sys.exit(f"Askwire is not installed for this Python; `make demo` installs it, then run it with {python}.")

if __name__ == "__main__":
    sys.exit(run(["check", *sys.argv[1:]]))
