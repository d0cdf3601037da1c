"""The Askwire agent protocol: messages, codec, connection core and thin shells around it."""

__version__ = "0.1.0"
