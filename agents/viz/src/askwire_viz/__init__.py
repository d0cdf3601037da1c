"""The Askwire Viz agent: rows to a chart, with the reason for it, and exports."""

__version__ = "0.1.0"
