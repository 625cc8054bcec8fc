"""What hangs on PostgreSQL's tables and views: triggers, rules, policies, grants and the like, for all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from migration_lab.snapshot.postgresql_names import SEQUENCE, Names, grants
from migration_lab.snapshot.postgresql_session import Reader, told
from migration_lab.snapshot.values import Part, Trigger

_ENABLED = {"D": {"DISABLED"}, "R": {"ENABLE REPLICA"}, "A": {"ENABLE ALWAYS"}}
_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}


def read_triggers(reader: Reader, names: Names) -> tuple[defaultdict[int, list[Trigger]], list[tuple[int, Part]]]:
    """Each table's triggers, by its oid, and the comments on them."""
    triggers: defaultdict[int, list[Trigger]] = defaultdict(list)
    parts = []
    for oid, name, sql, enabled, comment in reader.rows(f"""
        SELECT tgrelid::int8, tgname::text, pg_get_triggerdef(oid, true), tgenabled::text,
            obj_description(oid, 'pg_trigger')
        FROM pg_trigger WHERE tgrelid = ANY ({names.wanted}) AND NOT tgisinternal ORDER BY tgrelid, tgname"""):
        triggers[oid].append(Trigger(name, told(sql), frozenset(_ENABLED.get(enabled, ()))))
        parts += [(oid, Part("comment", f"on trigger {name}", comment))] if comment else []
    return triggers, parts


def read_parts(reader: Reader, names: Names) -> Iterable[tuple[int, Part]]:
    """Rules, policies, grants, statistics, partitions, publications, and sequences of columns, by the table's oid."""
    yield from _rules(reader, names)
    for oid, name, command, permissive, roles, using, check, comment in reader.rows(f"""
        SELECT polrelid::int8, polname::text, polcmd::text, polpermissive,
            ARRAY(SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role)::text END
                FROM unnest(polroles) AS role ORDER BY 1),
            pg_get_expr(polqual, polrelid, true), pg_get_expr(polwithcheck, polrelid, true),
            obj_description(oid, 'pg_policy')
        FROM pg_policy WHERE polrelid = ANY ({names.wanted}) ORDER BY polrelid, polname"""):
        words = [] if permissive else ["AS RESTRICTIVE"]
        words += [f"FOR {_COMMANDS[command]}", f"TO {', '.join(roles)}"]
        words += [f"USING ({using})"] if using else []
        words += [f"WITH CHECK ({check})"] if check else []
        yield oid, Part("policy", name, " ".join(words))
        if comment:
            yield oid, Part("comment", f"on policy {name}", comment)
    yield from _grants(reader, names)
    for oid, name, sql, target, comment in reader.rows(f"""
        SELECT stxrelid::int8, stxname::text, pg_get_statisticsobjdef(oid),
            {"nullif(stxstattarget, -1)" if reader.version >= 130_000 else "NULL"},
            obj_description(oid, 'pg_statistic_ext')
        FROM pg_statistic_ext WHERE stxrelid = ANY ({names.wanted}) ORDER BY stxrelid, stxname"""):
        yield oid, Part("statistics", name, told(sql) + (f" STATISTICS {target}" if target is not None else ""))
        if comment:
            yield oid, Part("comment", f"on statistics {name}", comment)
    for oid, child, bound in reader.rows(f"""
        SELECT h.inhparent::int8, h.inhrelid::int8, pg_get_expr(c.relpartbound, c.oid)
        FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
        WHERE h.inhparent = ANY ({names.wanted}) AND h.inhrelid = ANY ({names.wanted}) AND c.relispartition
        ORDER BY h.inhrelid"""):
        yield oid, Part("partition", names.shown.get(child, str(child)), told(bound))
    members = "NULL, NULL" if reader.version < 150_000 else """
        ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = prrelid AND attnum = ANY (prattrs)
            ORDER BY attnum), pg_get_expr(prqual, prrelid, true)"""  # fmt: skip
    for oid, name, columns, where in reader.rows(f"""
        SELECT prrelid::int8, pubname::text, {members} FROM pg_publication_rel r
        JOIN pg_publication p ON p.oid = r.prpubid WHERE prrelid = ANY ({names.wanted}) ORDER BY prrelid, pubname"""):
        words = [f"({', '.join(columns)})"] if columns else []
        yield oid, Part("publication", name, " ".join([*words, *([f"WHERE {where}"] if where else [])]))
    for oid, name, column, text, comment in reader.rows(f"""
        SELECT d.refobjid::int8, c.relname::text, a.attname::text, {SEQUENCE}, obj_description(c.oid, 'pg_class')
        FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
            AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.refobjid = ANY ({names.wanted}) ORDER BY d.refobjid, d.refobjsubid"""):
        yield oid, Part("sequence", name, f"of {column}{text}")
        if comment:
            yield oid, Part("comment", f"on sequence {name}", comment)


def _rules(reader: Reader, names: Names) -> Iterable[tuple[int, Part]]:
    for oid, name, sql, enabled, comment in reader.rows(f"""
        SELECT ev_class::int8, rulename::text, pg_get_ruledef(oid, true), ev_enabled::text,
            obj_description(oid, 'pg_rewrite')
        FROM pg_rewrite WHERE ev_class = ANY ({names.wanted}) AND rulename <> '_RETURN' ORDER BY ev_class, rulename"""):
        yield oid, Part("rule", name, " ".join([*_ENABLED.get(enabled, ()), told(sql).strip()]))
        if comment:
            yield oid, Part("comment", f"on rule {name}", comment)


def _grants(reader: Reader, names: Names) -> Iterable[tuple[int, Part]]:
    """What others than the owner may do with a table, or a column, and what the owner may no longer."""
    for oid, column, word, privilege, grantee, with_grant in reader.rows(f"""
        WITH lists AS (
            SELECT oid AS relation, NULL::text AS name, coalesce(relacl, acldefault('r', relowner)) AS now,
                acldefault('r', relowner) AS before FROM pg_class WHERE oid = ANY ({names.wanted})
            UNION ALL SELECT attrelid, attname::text, attacl, acldefault('c', relowner)
            FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
            WHERE attrelid = ANY ({names.wanted}) AND attacl IS NOT NULL AND NOT attisdropped
        )
        {grants("relation::int8, name")}"""):
        what = f"{privilege} ({column})" if column else privilege
        yield oid, Part(word, f"{what} {'to' if word == 'grant' else 'from'} {grantee}", with_grant)
