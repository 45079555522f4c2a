"""The one error of the command line: a sentence for the person at the terminal."""


class OperationsError(Exception):
    """Something the person at the terminal can put right; its text is one sentence that says how."""
