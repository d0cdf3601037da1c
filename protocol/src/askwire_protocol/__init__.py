"""The Askwire agent protocol: messages, codec, connection core and WebSocket shells."""

__version__ = "0.1.0"
