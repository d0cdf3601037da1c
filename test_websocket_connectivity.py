"""The WebSocket connectivity test: ``python test_websocket_connectivity.py`` checks the agents on localhost.

The same as ``askwire check``; it takes the same options (``--help``). Any Python will do: where it lacks Askwire, the
checkout's own one takes over.
"""

import os
import sys
from pathlib import Path

_ENVIRONMENT = Path(__file__).resolve().parent / ".venv"


def main() -> int:
    """Run the checks and return the exit code."""
    try:
        from askwire.main import run
    except ImportError as missing:
        python = _ENVIRONMENT / "bin" / "python"
        if python.exists() and Path(sys.prefix).resolve() != _ENVIRONMENT.resolve():
            os.execv(python, [str(python), *sys.argv])  # noqa: S606 - the checkout's own Python
        sys.exit(f"Askwire is not installed for this Python ({missing}); `make demo` installs it, then run this again.")
    return run(["check", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
