"""Fill a column of a large table in small chunks, a commit each, while others go on using it."""

from migration_lab.backfill.backfilling import backfill
from migration_lab.backfill.errors import BackfillError
from migration_lab.backfill.filling import Backfilled

__all__ = ["BackfillError", "Backfilled", "backfill"]
