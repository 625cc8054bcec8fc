"""What belongs to no table of a PostgreSQL database: sequences, types, functions, schemas, publications and grants.

Casts, operators, text search configurations and large objects are not looked at, nor is what an extension brought.
"""

from __future__ import annotations

from collections.abc import Iterable

from migration_lab.snapshot.postgresql_names import OWN_SCHEMAS, SEQUENCE, grants, no_extension
from migration_lab.snapshot.postgresql_session import Reader, told
from migration_lab.snapshot.postgresql_text import default_text, plain, type_text
from migration_lab.snapshot.values import Part

# Each gives name, text and comment. A name has its schema before it where the name alone doesn't reach the object.
_QUERIES = {
    "schema": f"""
        SELECT n.nspname::text, '', obj_description(n.oid, 'pg_namespace') FROM pg_namespace n
        WHERE {OWN_SCHEMAS} AND n.nspname <> 'public' AND {no_extension("n", "pg_namespace")}""",
    "extension": """
        SELECT extname::text, extversion, NULL FROM pg_extension WHERE extname <> 'plpgsql'""",
    "sequence": f"""
        SELECT c.oid::regclass::text, btrim({SEQUENCE.replace("a.attnum > 0 AND a.atttypid = s.seqtypid", "false")}),
            obj_description(c.oid, 'pg_class')
        FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OWN_SCHEMAS} AND {no_extension("c", "pg_class")} AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0)""",
    "enum": f"""
        SELECT format_type(t.oid, NULL), coalesce((
            SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum
            WHERE enumtypid = t.oid), ''), obj_description(t.oid, 'pg_type')
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'e' AND {OWN_SCHEMAS} AND {no_extension("t", "pg_type")}""",
    "type": f"""
        SELECT format_type(t.oid, NULL), '(' || coalesce((SELECT string_agg(quote_ident(attname) || ' '
            || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped), '') || ')',
            obj_description(t.oid, 'pg_type')
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid
        WHERE c.relkind = 'c' AND {OWN_SCHEMAS} AND {no_extension("t", "pg_type")}""",
    "range": f"""
        SELECT format_type(t.oid, NULL), 'of ' || format_type(r.rngsubtype, NULL), obj_description(t.oid, 'pg_type')
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_range r ON r.rngtypid = t.oid
        WHERE {OWN_SCHEMAS} AND {no_extension("t", "pg_type")}""",
    "aggregate": f"""
        SELECT p.oid::regprocedure::text, aggtransfn::regproc::text || ' ' || format_type(aggtranstype, NULL)
            || coalesce(' ' || nullif(aggfinalfn::regproc::text, '-'), '') || coalesce(' ' || agginitval, ''),
            obj_description(p.oid, 'pg_proc')
        FROM pg_aggregate g JOIN pg_proc p ON p.oid = g.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {OWN_SCHEMAS} AND {no_extension("p", "pg_proc")}""",
    "function": f"""
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc')
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prokind <> 'a' AND {OWN_SCHEMAS} AND {no_extension("p", "pg_proc")}""",
    "event trigger": f"""
        SELECT evtname::text, 'ON ' || evtevent
            || coalesce(' WHEN TAG IN (' || array_to_string(evttags, ', ') || ')', '')
            || ' EXECUTE ' || evtfoid::regproc || CASE evtenabled WHEN 'D' THEN ' DISABLED' WHEN 'R' THEN ' REPLICA'
            WHEN 'A' THEN ' ALWAYS' ELSE '' END, obj_description(t.oid, 'pg_event_trigger')
        FROM pg_event_trigger t WHERE {no_extension("t", "pg_event_trigger")}""",
}


def read_objects(reader: Reader) -> tuple[Part, ...]:
    """All of them, by kind and name."""
    parts = [*_named(reader), *_domains(reader), *_collations(reader), *_publications(reader), *_grants(reader)]
    return tuple(sorted(parts, key=lambda part: (part.kind, part.name)))


def _named(reader: Reader) -> Iterable[Part]:
    query = " UNION ALL ".join(
        f"SELECT '{kind}', * FROM ({sql}) AS {kind.split()[0]}_rows (name, text, comment)"
        for kind, sql in _QUERIES.items()
    )
    for kind, name, text, comment in reader.rows(query):
        yield Part(kind, name, told(text).strip())
        if comment:
            yield Part("comment", f"on {kind} {name}", comment)


def _domains(reader: Reader) -> Iterable[Part]:
    for name, type_, plain_type, builtin, not_null, default, collation, checks, comment in reader.rows(f"""
        SELECT format_type(t.oid, NULL), format_type(t.typbasetype, t.typtypmod), format_type(t.typbasetype, NULL),
            base.typnamespace = 'pg_catalog'::regnamespace, t.typnotnull, pg_get_expr(t.typdefaultbin, 0, true),
            (SELECT collname::text FROM pg_collation WHERE oid = t.typcollation AND oid <> base.typcollation),
            ARRAY(SELECT 'CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid, true)
                FROM pg_constraint WHERE contypid = t.oid AND contype = 'c' ORDER BY conname),
            obj_description(t.oid, 'pg_type')
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type base ON base.oid = t.typbasetype
        WHERE t.typtype = 'd' AND {OWN_SCHEMAS} AND {no_extension("t", "pg_type")}"""):
        words = [type_text(type_, builtin)]
        words += [f"COLLATE {collation}"] if collation else []
        words += [f"DEFAULT {default_text(default, plain_type)}"] if default is not None else []
        words += ["NOT NULL"] if not_null else []
        yield Part("domain", name, " ".join([*words, *map(plain, checks)]))
        if comment:
            yield Part("comment", f"on domain {name}", comment)


def _collations(reader: Reader) -> Iterable[Part]:
    # The column that holds ICU's locale has had three names.
    locale = "colllocale" if reader.version >= 170_000 else "colliculocale" if reader.version >= 150_000 else "NULL"
    for name, provider, words, deterministic in reader.rows(f"""
        SELECT CASE WHEN pg_collation_is_visible(c.oid) THEN '' ELSE n.nspname || '.' END || c.collname,
            collprovider::text, coalesce({locale}, collcollate), collisdeterministic
        FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
        WHERE {OWN_SCHEMAS} AND {no_extension("c", "pg_collation")}"""):
        provided = {"i": "icu", "c": "libc", "b": "builtin"}.get(provider, provider)
        yield Part("collation", name, f"{provided} {words}" + ("" if deterministic else ", not deterministic"))


def _publications(reader: Reader) -> Iterable[Part]:
    root = "pubviaroot" if reader.version >= 130_000 else "false"
    schemas = "ARRAY[]::text[]" if reader.version < 150_000 else """ARRAY(SELECT nspname::text
        FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid
        ORDER BY 1)"""  # fmt: skip
    for name, all_tables, insert, update, delete, truncate, via_root, in_schemas, comment in reader.rows(f"""
        SELECT pubname::text, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, {root}, {schemas},
            obj_description(oid, 'pg_publication')
        FROM pg_publication p"""):
        what = {"insert": insert, "update": update, "delete": delete, "truncate": truncate}
        words = ["FOR ALL TABLES"] if all_tables else []
        words += [f"FOR TABLES IN SCHEMA {', '.join(in_schemas)}"] if in_schemas else []
        words += [f"publish {', '.join(word for word, holds in what.items() if holds)}"]
        words += ["via the root of partitions"] if via_root else []
        yield Part("publication", name, ", ".join(words))
        if comment:
            yield Part("comment", f"on publication {name}", comment)


def _grants(reader: Reader) -> Iterable[Part]:
    """Those on what isn't a table: all that differs from what a new object has, or had when the database was made."""
    for what, word, privilege, grantee, with_grant in reader.rows(f"""
        WITH lists AS (
            SELECT 'schema ' || n.nspname AS name, coalesce(nspacl, acldefault('n', nspowner)) AS now,
                coalesce((SELECT initprivs FROM pg_init_privs i WHERE i.objoid = n.oid
                    AND i.classoid = 'pg_namespace'::regclass), acldefault('n', nspowner)) AS before
            FROM pg_namespace n WHERE {OWN_SCHEMAS} AND {no_extension("n", "pg_namespace")}
            UNION ALL SELECT 'function ' || p.oid::regprocedure, coalesce(proacl, acldefault('f', proowner)),
                acldefault('f', proowner)
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE {OWN_SCHEMAS} AND {no_extension("p", "pg_proc")} AND proacl IS NOT NULL
            UNION ALL SELECT 'type ' || format_type(t.oid, NULL), typacl, acldefault('T', typowner)
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE {OWN_SCHEMAS} AND {no_extension("t", "pg_type")} AND typacl IS NOT NULL
            UNION ALL SELECT 'sequence ' || c.oid::regclass, relacl, acldefault('s', relowner)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE {OWN_SCHEMAS} AND {no_extension("c", "pg_class")} AND relkind = 'S' AND relacl IS NOT NULL
            UNION ALL SELECT 'new ' || CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
                WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END
                || coalesce(' in ' || (SELECT nspname FROM pg_namespace n WHERE n.oid = defaclnamespace), '')
                || ' of ' || pg_get_userbyid(defaclrole), defaclacl,
                acldefault(CASE WHEN defaclnamespace <> 0 THEN 'c' WHEN defaclobjtype = 'S' THEN 's'
                    ELSE defaclobjtype END, defaclrole)
            FROM pg_default_acl
        )
        {grants("name")}"""):
        direction = "to" if word == "grant" else "from"
        yield Part(word, f"{privilege} on {what} {direction} {grantee}", with_grant)
