"""Runs that fail: each red line that the course explains, brought about by lines of a migration.

They are in the order of how often people meet them. Nobody counts that, so it is argued: first what a migration that
adds a column runs into by itself, and what follows from its first failure; then what keeps Alembic from beginning; then
defaults, which each engine spells differently; then values and constraints that rows break; then names; then who waits
for whom; and at the end what takes a schema with views, types and keys of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

SQLITE, POSTGRESQL, MARIADB = "sqlite", "postgresql", "mysql"
ALL = (SQLITE, POSTGRESQL, MARIADB)
SERVERS = (POSTGRESQL, MARIADB)


@dataclass(frozen=True, slots=True)
class Run:
    """Lines of a migration that fail on some engine of the dialects ``on``, after ``before`` ran without a fault.

    On ``users(id, username, email)`` with two rows. The lines know ``op`` and ``sa``; ``elsewhere(sql)``, which runs a
    statement on another connection and leaves its transaction open, and with ``waits=True`` goes on as soon as that has
    to wait; and ``command`` and ``config`` of the Alembic project. ``lesson`` is the notebook that is about it.
    """

    lesson: str
    code: str
    before: str = ""
    on: tuple[str, ...] = ALL


def sql(*statements: str) -> str:
    """Statements as a migration runs them."""
    return "\n".join(f"op.execute({_quoted(statement)})" for statement in statements)


def _quoted(statement: str) -> str:
    return f'"{statement}"' if '"' not in statement else f"'{statement}'"


def add(column: str) -> str:
    """The line that adds a column."""
    return f'op.add_column("users", sa.Column({column}))'


def batch(change: str) -> str:
    """A change in batch mode."""
    return f'with op.batch_alter_table("users") as batch:\n    batch.{change}'


NULLABLE = add('"is_active", sa.Boolean()')
REQUIRED = add('"is_active", sa.Boolean(), nullable=False')
DEFAULT = add('"is_active", sa.Boolean(), nullable=False, server_default=sa.true()')
TIGHTEN = 'alter_column("is_active", existing_type=sa.Boolean(), nullable=False)'
DROP_DEFAULT = 'alter_column("is_active", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)'
UNIQUE = 'op.create_unique_constraint("uq_email", "users", ["email"])'
INDEX = 'op.create_index("ix_email", "users", ["email"])'
CHECK = 'op.create_check_constraint("ck_email", "users", "email <> \'x\'")'
ORDERS = sql(
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, FOREIGN KEY (user_id) REFERENCES users (id))"
)
DEFERRED = sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) INITIALLY DEFERRED)")
BOSS = 'op.create_foreign_key("fk_boss", "users", "users", ["boss"], ["id"])'
ADD_BOSS = add('"boss", sa.Integer()')
KEYS = sql("PRAGMA foreign_keys = ON")
VIEW = sql("CREATE VIEW addresses AS SELECT email FROM users")
STATE = 'sa.Enum("new", "old", name="state")'
ADD_STATE = add(f'"state", {STATE}')
MAKE_STATE = f"{STATE}.create(op.get_bind())"

RUNS: dict[str, tuple[Run, ...]] = {
    "The new column": (
        Run("02_failure", REQUIRED),
        Run("04_backfill", sql("SELECT is_active FROM users")),
        Run("04_backfill", NULLABLE, NULLABLE),
        # The fill was forgotten: what came before it stays, where a change of the schema isn't part of the transaction.
        Run("04_backfill", NULLABLE + "\n" + TIGHTEN.replace("alter_column(", 'op.alter_column("users", ')),
        Run("04_backfill", batch(TIGHTEN), NULLABLE, (SQLITE,)),
        Run("04_backfill", 'op.alter_column("users", "email", nullable=False)', on=(MARIADB,)),
        Run(
            "03_server_default", DROP_DEFAULT.replace("alter_column(", 'op.alter_column("users", '), DEFAULT, (SQLITE,)
        ),
        Run(
            "03_server_default", sql("INSERT INTO users (username) VALUES ('eva')"), f"{DEFAULT}\n{batch(DROP_DEFAULT)}"
        ),
        Run("05_nullable", sql("UPDATE users SET is_active = NULL"), DEFAULT),
        Run(
            "04_backfill",
            batch('alter_column("username", nullable=False)'),
            sql("CREATE TABLE _alembic_tmp_users (id INTEGER)"),
            (SQLITE,),
        ),
        Run("04_backfill", sql("UPDATE users SET is_active = 1"), NULLABLE, (POSTGRESQL,)),
        Run("05_nullable", sql("SELECT username FROM users WHERE is_active = 1"), NULLABLE, (POSTGRESQL,)),
        Run("04_backfill", 'op.drop_column("users", "is_active")', on=SERVERS),
    ),
    "Before Alembic begins": (
        Run("03_server_default", "command.check(config)", 'command.revision(config, "flag", rev_id="0002")', (SQLITE,)),
        Run("03_server_default", 'command.upgrade(config, "0815")', on=(SQLITE,)),
        Run(
            "03_server_default",
            'command.upgrade(config, "head")',
            'command.revision(config, "flag", rev_id="0002a")\n'
            'command.revision(config, "other", rev_id="0002b", head="0001", splice=True)',
            (SQLITE,),
        ),
    ),
    "Defaults": (
        Run("03_server_default", add('"is_active", sa.Boolean(), server_default=True'), on=(SQLITE,)),
        Run(
            "03_server_default", add('"is_active", sa.Boolean(), nullable=False, server_default="true"'), on=(MARIADB,)
        ),
        Run("03_server_default", add('"is_active", sa.Boolean(), server_default=sa.text("1")'), on=(POSTGRESQL,)),
        Run("03_server_default", add('"is_active", sa.Boolean(), server_default="maybe"'), on=(POSTGRESQL,)),
        Run(
            "03_server_default",
            add('"at", sa.DateTime(), nullable=False, server_default=sa.func.current_timestamp()'),
            on=(SQLITE,),
        ),
        Run("03_server_default", add('"at", sa.DateTime(), server_default=sa.text("getdate()")'), on=SERVERS),
        Run(
            "03_server_default",
            sql("INSERT INTO visits (id) VALUES (1)"),
            sql("CREATE TABLE visits (id INTEGER, at DATETIME DEFAULT (now()))"),
            (SQLITE,),
        ),
        Run("03_server_default", add('"state", sa.String(20), server_default=sa.text("new")'), on=SERVERS),
        Run("03_server_default", add('"name", sa.String()'), on=(MARIADB,)),
        Run("03_server_default", add('"name", sa.String(20000)'), on=(MARIADB,)),
    ),
    "Values that rows break": (
        Run("06_choose", sql("UPDATE users SET email = 'x'")),
        Run(
            "06_choose",
            'op.create_unique_constraint("uq_code", "users", ["code"])',
            add('"code", sa.String(10), nullable=False, server_default="x"'),
            SERVERS,
        ),
        Run("06_choose", UNIQUE, on=(SQLITE,)),
        Run("06_choose", CHECK, sql("UPDATE users SET email = 'x' WHERE id = 1"), SERVERS),
        Run("06_choose", sql("UPDATE users SET email = 'x' WHERE id = 1"), CHECK, SERVERS),
        Run(
            "06_choose",
            sql("INSERT INTO prices VALUES (0)"),
            sql("CREATE TABLE prices (price INTEGER CHECK (price > 0))"),
            (SQLITE,),
        ),
        Run("06_choose", f"{KEYS}\n{sql('INSERT INTO orders VALUES (1, 9)')}", ORDERS, (SQLITE,)),
        Run("06_choose", sql("INSERT INTO orders VALUES (1, 9)"), ORDERS, SERVERS),
        Run("06_choose", sql("DELETE FROM users"), f"{ORDERS}\n{sql('INSERT INTO orders VALUES (1, 1)')}", SERVERS),
        Run("06_choose", sql(f"UPDATE users SET username = '{60 * 'x'}' WHERE id = 1"), on=SERVERS),
        Run("06_choose", sql("UPDATE users SET id = 3000000000 WHERE id = 1"), on=SERVERS),
        Run("06_choose", sql("UPDATE users SET age = 'old'"), add('"age", sa.Integer()'), SERVERS),
        Run("06_choose", sql("UPDATE users SET born = 'soon'"), add('"born", sa.Date()'), SERVERS),
        Run("06_choose", sql("UPDATE users SET born = '2026-02-30'"), add('"born", sa.Date()'), SERVERS),
        Run(
            "06_choose",
            'op.alter_column("users", "username", existing_type=sa.String(50), type_=sa.Integer())',
            on=SERVERS,
        ),
    ),
    "Names, and other databases' SQL": (
        Run("01_situation", sql("SELECT 1 FROM accounts")),
        Run("01_situation", 'op.create_table("users", sa.Column("id", sa.Integer()))', on=SERVERS),
        Run("01_situation", 'op.drop_table("accounts")', on=(MARIADB,)),
        Run("06_choose", sql("UPDATE users SET email = = 'x'"), on=SERVERS),
        Run("06_choose", sql("UPDATE users SET email = strftime('%Y', 'now')"), on=SERVERS),
        Run("06_choose", 'op.drop_constraint("uq_email", "users", type_="unique")', on=SERVERS),
        Run("06_choose", 'op.drop_constraint("uq_email", "users")', on=(MARIADB,)),
        Run("06_choose", INDEX, INDEX, SERVERS),
        Run("06_choose", CHECK, CHECK, SERVERS),
        Run("06_choose", 'op.create_index("ix_mail", "users", ["mail"])', on=SERVERS),
    ),
    "Who waits for whom": (
        Run(
            "04_backfill",
            f'{sql("PRAGMA busy_timeout = 100")}\nelsewhere("DELETE FROM users")\n{sql("DELETE FROM users")}',
            on=(SQLITE,),
        ),
        Run(
            "04_backfill",
            f'elsewhere("SELECT 1 FROM users")\n{sql("SET lock_timeout = 100")}\n{NULLABLE}',
            on=(POSTGRESQL,),
        ),
        Run(
            "04_backfill",
            f'elsewhere("SELECT 1 FROM users")\n{sql("SET lock_wait_timeout = 1")}\n{NULLABLE}',
            on=(MARIADB,),
        ),
        Run(
            "04_backfill",
            "elsewhere(\"UPDATE users SET email = 'a' WHERE id = 1\")\n"
            + sql("SET deadlock_timeout = 10", "UPDATE users SET email = 'b' WHERE id = 2")
            + "\nelsewhere(\"UPDATE users SET email = 'c' WHERE id = 2\", waits=True)\n"
            + sql("UPDATE users SET email = 'd' WHERE id = 1"),
            on=(POSTGRESQL,),
        ),
        Run(
            "04_backfill",
            "elsewhere(\"INSERT INTO users (username) VALUES ('a'), ('b'), ('c'), ('d')\")\n"
            "elsewhere(\"UPDATE users SET email = 'a' WHERE id = 1\")\n"
            + sql("UPDATE users SET email = 'b' WHERE id = 2")
            + "\nelsewhere(\"UPDATE users SET email = 'c' WHERE id = 2\", waits=True)\n"
            + sql("UPDATE users SET email = 'd' WHERE id = 1"),
            on=(MARIADB,),
        ),
        Run("04_backfill", sql("SET statement_timeout = 50", "SELECT pg_sleep(1)"), on=(POSTGRESQL,)),
        Run("04_backfill", sql("SET max_statement_time = 0.05", "UPDATE users SET email = sleep(1)"), on=(MARIADB,)),
        Run(
            "04_backfill",
            f"try:\n    {sql('SELECT 1 FROM accounts')}\nexcept sa.exc.SQLAlchemyError:\n    pass\n{NULLABLE}",
            on=(POSTGRESQL,),
        ),
        Run("04_backfill", f"{INDEX[:-1]}, postgresql_concurrently=True)", on=(POSTGRESQL,)),
        Run(
            "04_backfill",
            f"{sql('INSERT INTO orders VALUES (1, 1)')}\n"
            'op.alter_column("orders", "user_id", existing_type=sa.Integer(), nullable=False)',
            DEFERRED,
            (POSTGRESQL,),
        ),
    ),
    "Views, types and keys": (
        Run("04_backfill", batch('alter_column("username", nullable=False)'), VIEW, (SQLITE,)),
        Run("04_backfill", 'op.drop_column("users", "email")', on=(SQLITE,)),
        Run("06_choose", 'op.drop_column("users", "email")', VIEW, (POSTGRESQL,)),
        Run("06_choose", 'op.alter_column("users", "email", type_=sa.Text())', VIEW, (POSTGRESQL,)),
        Run("06_choose", ADD_STATE, on=(POSTGRESQL,)),
        Run("06_choose", sql("ALTER TABLE users ADD COLUMN state state"), on=(MARIADB,)),
        Run("06_choose", MAKE_STATE, MAKE_STATE, (POSTGRESQL,)),
        Run(
            "06_choose",
            sql("ALTER TYPE state ADD VALUE 'gone'", "UPDATE users SET state = 'gone'"),
            f"{MAKE_STATE}\n{ADD_STATE}",
            (POSTGRESQL,),
        ),
        Run(
            "06_choose",
            'op.create_table("orders", sa.Column("user_id", sa.String(10), sa.ForeignKey("users.id")))',
            on=SERVERS,
        ),
        Run(
            "06_choose",
            'op.create_table("orders", sa.Column("age", sa.Integer(), sa.ForeignKey("users.age")))',
            add('"age", sa.Integer()'),
            (POSTGRESQL,),
        ),
        Run("06_choose", BOSS, f"{ADD_BOSS}\n{BOSS}", (MARIADB,)),
        Run("06_choose", 'op.drop_column("orders", "user_id")', ORDERS, (MARIADB,)),
        Run("06_choose", 'op.create_primary_key("pk_users", "users", ["username"])', on=SERVERS),
        Run("06_choose", sql("CREATE ROLE reader", "SET LOCAL ROLE reader") + f"\n{NULLABLE}", on=(POSTGRESQL,)),
        Run("06_choose", f"{sql('SET TRANSACTION READ ONLY')}\n{NULLABLE}", on=(POSTGRESQL,)),
    ),
}
