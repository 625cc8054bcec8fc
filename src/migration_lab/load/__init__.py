"""People who use a database meanwhile: clients in processes of their own, and what they saw."""

from migration_lab.load.record import Band, Outcome, Record, Request
from migration_lab.load.table import fill_users
from migration_lab.load.traffic import USERS, Client, Database, Traffic, traffic

__all__ = [
    "USERS",
    "Band",
    "Client",
    "Database",
    "Outcome",
    "Record",
    "Request",
    "Traffic",
    "fill_users",
    "traffic",
]
