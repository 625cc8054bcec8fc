"""Measurements, printed for a reader. No test asserts a time."""
