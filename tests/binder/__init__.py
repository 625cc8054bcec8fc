"""Tests of what Binder does with the repository, without Docker: its build's plan, and a session as it starts one."""
