"""What the course has to say of each error that it knows, a module an engine."""

from migration_lab.migrations.rules.alembic import ALEMBIC
from migration_lab.migrations.rules.mariadb import MARIADB
from migration_lab.migrations.rules.postgresql import POSTGRESQL
from migration_lab.migrations.rules.rule import Rule
from migration_lab.migrations.rules.sqlite import SQLITE

RULES = (*SQLITE, *ALEMBIC, *POSTGRESQL, *MARIADB)

__all__ = ["ALEMBIC", "MARIADB", "POSTGRESQL", "RULES", "SQLITE", "Rule"]
