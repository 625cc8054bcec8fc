"""The name by which notebooks know the recorder of :mod:`migration_lab.migrations`."""

from migration_lab.migrations import Statement, record_statements

__all__ = ["Statement", "record_statements"]
