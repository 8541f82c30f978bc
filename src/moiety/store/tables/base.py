"""What the tables share: one MetaData with stable constraint names, and columns whose size is checked."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, MetaData, String

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial: Final = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit number that counts up by itself, on both databases."""


def moment(name: str, **options: Any) -> Column[int]:
    """A moment in UTC seconds."""
    return Column(name, BigInteger, nullable=options.pop("nullable", False), **options)


def octets(name: str, **options: Any) -> Column[bytes]:
    """Some bytes; give the table `sized(name, ...)` as well, so that nothing else fits."""
    return Column(name, LargeBinary, nullable=options.pop("nullable", False), **options)


def text(name: str, length: int, **options: Any) -> Column[str]:
    """A text of at most `length` characters; give the table `sized(name, 0, length)` as well."""
    return Column(name, String(length), nullable=options.pop("nullable", False), **options)


def sized(name: str, least: int, most: int | None = None) -> CheckConstraint:
    """Only values of these lengths fit (SQLite knows no lengths by itself); exactly `least` by default."""
    top = least if most is None else most
    rule = f"length({name}) = {least}" if top == least else f"length({name}) BETWEEN {least} AND {top}"
    return CheckConstraint(rule, name=f"{name}_size")
