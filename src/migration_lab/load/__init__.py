"""People who use a database meanwhile: clients in processes of their own, and what they saw."""

from migration_lab.load.record import Band, Outcome, Record, Request

__all__ = ["Band", "Outcome", "Record", "Request"]
