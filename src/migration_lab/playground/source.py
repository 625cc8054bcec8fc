"""Write a migration's calls as a formatter would: a long one on several lines, none wider than a notebook's code."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 80  # as notebooks/ruff.toml has it
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Call:
    """A call as source text: an argument is text, its keyword included, or a call again."""

    name: str
    arguments: tuple[str | Call, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"

    def lines(self, room: int, end: str = "") -> list[str]:
        """The call and ``end``, in lines of at most ``room`` characters where no argument alone is longer."""
        whole = f"{self}{end}"
        if len(whole) <= room:
            return [whole]
        room -= len(INDENT)
        inside = [", ".join(map(str, self.arguments))]
        if len(inside[0]) > room:
            inside = []
            for argument in self.arguments:
                inside += argument.lines(room, ",") if isinstance(argument, Call) else [f"{argument},"]
        return [f"{self.name}(", *(f"{INDENT}{line}" for line in inside), f"){end}"]


def statement(name: str, *arguments: str | Call) -> tuple[str, ...]:
    """The lines of a call in ``upgrade`` or ``downgrade``, from whose level they count."""
    return tuple(Call(name, arguments).lines(WIDTH - len(INDENT)))


def add_column(column: str, kind: str, *options: str) -> tuple[str, ...]:
    """The lines that add a column to the table ``users``."""
    return statement("op.add_column", '"users"', Call("sa.Column", (f'"{column}"', kind, *options)))


def in_batch(*calls: Call) -> tuple[str, ...]:
    """The lines of these calls in batch mode, on the table ``users``."""
    inside = [line for call in calls for line in call.lines(WIDTH - 2 * len(INDENT))]
    return ('with op.batch_alter_table("users") as batch_op:', *(f"{INDENT}{line}" for line in inside))


def on_table(*calls: Call) -> tuple[str, ...]:
    """The lines of the same calls without batch mode, which name the table themselves."""
    lines: list[str] = []
    for call in calls:
        place = 1 if call.name.endswith("constraint") else 0
        arguments = (*call.arguments[:place], '"users"', *call.arguments[place:])
        lines += statement(call.name.replace("batch_op.", "op."), *arguments)
    return tuple(lines)


def alter_column(column: str, *options: str) -> Call:
    """In batch mode: change a column."""
    return Call("batch_op.alter_column", (f'"{column}"', *options))
