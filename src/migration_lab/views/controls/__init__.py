"""Buttons and questions for what a learner does by hand."""
