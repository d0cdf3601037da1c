"""The AgentDeployment resource: model, defaults, validation, settings of every process."""

__version__ = "0.1.0"
