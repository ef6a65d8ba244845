"""The error of this package."""


class EmulatorError(RuntimeError):
    """What failed, why, and what to do."""
