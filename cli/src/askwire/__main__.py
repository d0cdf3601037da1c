"""``python -m askwire`` is the same as ``askwire``."""

from askwire.main import main

main()
