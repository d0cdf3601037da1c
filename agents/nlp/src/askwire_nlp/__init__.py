"""The Askwire NLP agent: English and a catalog to SQL, a question back, or a refusal."""

__version__ = "0.1.0"
