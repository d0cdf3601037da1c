"""The Askwire backend: agent manager, question pipeline, API and page."""

__version__ = "0.1.0"
