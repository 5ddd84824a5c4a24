"""Markdown tables and Mermaid diagrams as text."""

PIPE = r"\|"  # also within code, as GitHub wants it


def table(heads, rows):
    """Lines of a Markdown table; a table without rows is a dash."""
    filled = [_row(cells) for cells in rows]
    return [_row(heads), _row(["---"] * len(heads)), *filled] if filled else ["—"]


def _row(cells):
    return f"| {' | '.join(str(cell).replace('|', PIPE) for cell in cells)} |"


def mermaid(kind, lines):
    """Lines of a Mermaid diagram."""
    return ["```mermaid", kind, *(f"    {line}" for line in lines), "```"]


def code(words):
    """Words in code, in order; a dash for none."""
    return ", ".join(f"`{word}`" for word in words) or "—"


def summary(thing):
    """The first paragraph of a docstring in one line, or else the name in words."""
    text = (thing.__doc__ or thing.__name__.replace("_", " ")).strip()
    return " ".join(text.partition("\n\n")[0].split())
