"""Exercises in a notebook: the task with its buttons, verdicts, progress."""
