"""A column's definition as MySQL 8 prints it, which no server of the tests does: read, and written with NOT NULL."""

from __future__ import annotations

import pytest

from migration_lab.operations.mysql_text import column_definition

PRINTED = r"""CREATE TABLE `users` (
  `id` int NOT NULL AUTO_INCREMENT,
  `text` text,
  `a``b` varchar(9) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'it''s \', DEFAULT NULL' COMMENT 'NOT NULL `x` (',
  `seen` timestamp NULL DEFAULT NULL,
  `hidden` int DEFAULT '3' /*!80023 INVISIBLE */,
  `made` int GENERATED ALWAYS AS ((`id` + 1)) STORED COMMENT 'q',
  `place` point /*!80003 SRID 4326 */ DEFAULT NULL,
  `word` varchar(9) DEFAULT (concat(_utf8mb4'a,',NULL)),
  PRIMARY KEY (`id`),
  CONSTRAINT `rule` CHECK ((`id` <> 5))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci"""


@pytest.mark.parametrize(
    ("name", "required", "nullable"),
    [
        ("TEXT", "`text` text NOT NULL", "`text` text NULL"),
        (
            "a`b",
            r"`a``b` varchar(9) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s \', DEFAULT NULL' "
            "COMMENT 'NOT NULL `x` ('",
            None,
        ),
        ("seen", "`seen` timestamp NOT NULL", "`seen` timestamp NULL"),
        ("hidden", "`hidden` int NOT NULL DEFAULT '3' /*!80023 INVISIBLE */", None),
        ("made", "`made` int GENERATED ALWAYS AS ((`id` + 1)) STORED NOT NULL COMMENT 'q'", None),
        ("place", "`place` point /*!80003 SRID 4326 */ NOT NULL", None),
        ("word", "`word` varchar(9) NOT NULL DEFAULT (concat(_utf8mb4'a,',NULL))", None),
    ],
)
def test_not_null_stands_where_the_server_takes_it(name: str, required: str, nullable: str | None) -> None:
    found = column_definition(PRINTED, name)
    assert found is not None
    assert not found.required
    assert found.with_null(False) == required
    assert found.with_null(True) == (nullable or required.replace(" NOT NULL", " NULL", 1))
    tightened = column_definition(PRINTED.replace(found.text, required), name)
    assert tightened is not None
    assert tightened.required
    assert tightened.rest == found.rest


def test_what_is_no_column_is_none() -> None:
    assert column_definition(PRINTED, "x") is None
    assert column_definition(PRINTED, "rule") is None
    assert column_definition(PRINTED, "id").required  # type: ignore[union-attr]
