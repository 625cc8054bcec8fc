"""Pieces of SQL that several queries of PostgreSQL's catalogue share, and the names of the relations they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OWN_SCHEMAS = r"n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'"
"""The condition that a namespace ``n`` is none of the system's."""

SEQUENCE = """
    CASE WHEN s.seqtypid <> 'bigint'::regtype AND NOT (a.attnum > 0 AND a.atttypid = s.seqtypid)
        THEN ' AS ' || format_type(s.seqtypid, NULL) ELSE '' END
    || CASE WHEN s.seqincrement <> 1 THEN ' INCREMENT BY ' || s.seqincrement ELSE '' END
    || CASE WHEN s.seqstart <> CASE WHEN s.seqincrement < 0 THEN s.seqmax ELSE s.seqmin END
        THEN ' START WITH ' || s.seqstart ELSE '' END
    || CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE lowest END
        THEN ' MINVALUE ' || s.seqmin ELSE '' END
    || CASE WHEN s.seqmax <> CASE WHEN s.seqincrement < 0 THEN -1 ELSE -(lowest + 1) END
        THEN ' MAXVALUE ' || s.seqmax ELSE '' END
    || CASE WHEN s.seqcache <> 1 THEN ' CACHE ' || s.seqcache ELSE '' END
    || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END
""".replace(
    "lowest",
    "CASE s.seqtypid::regtype::text WHEN 'smallint' THEN -32768 WHEN 'integer' THEN -2147483648"
    " ELSE -9223372036854775808 END",
)
"""What a pg_sequence ``s`` declares beyond the usual; ``a`` is the column that it belongs to, if any."""


@dataclass(frozen=True, slots=True)
class Names:
    """What relations are called in the snapshot and on their own, by oid; ``wanted`` is SQL for those in question."""

    shown: Mapping[int, str]
    own: Mapping[int, str]
    wanted: str


def oid_array(oids: Iterable[int]) -> str:
    """SQL for an array of oids."""
    return f"'{{{','.join(map(str, oids))}}}'::oid[]"


def no_extension(alias: str, catalogue: str) -> str:
    """The condition that what ``alias`` stands for, in that catalogue, wasn't brought along by an extension."""
    return f"""NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalogue}'::regclass AND e.objid = {alias}.oid
        AND e.deptype = 'e')"""


def grants(columns: str) -> str:
    """The end of a query for what ``lists`` (its rows have ``now`` and ``before``, aclitem[]) grant or revoke.

    A row has ``columns``, then ``grant`` or ``revoke``, the privilege, to or from whom, and ``WITH GRANT OPTION``.
    """
    one = """SELECT {columns}, '{word}', privilege_type,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END,
        CASE WHEN is_grantable THEN 'WITH GRANT OPTION' ELSE '' END
        FROM lists, LATERAL (SELECT grantee, privilege_type, is_grantable FROM aclexplode({one})
            EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode({other})) AS acl"""
    given = one.format(columns=columns, word="grant", one="now", other="before")
    taken = one.format(columns=columns, word="revoke", one="before", other="now")
    return f"SELECT * FROM ({given} UNION ALL {taken}) AS found ORDER BY 1, 2, 3, 4, 5"
