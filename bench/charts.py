"""Bars with whiskers as SVG, readable on white and on black."""

from html import escape
from statistics import median

WIDTH, LEFT, LINE, TOP = 860, 430, 26, 46
FONT = 'font-family="sans-serif" font-size="12"'
COLOURS = {"goal": "#2e7d32", "bar": "#1565c0", "**below**": "#c62828", "–": "#757575"}
OURSELVES = ("all parts",)  # no peer
PICTURES = {
    "throughput.svg": ("Throughput, ours ÷ theirs (longer is better)", lambda row: _paired(row) and not row.lower),
    "latency.svg": ("Latency, ours ÷ theirs (shorter is better)", lambda row: _paired(row) and row.lower),
    "memory.svg": ("Resident memory per service, MB", lambda row: row.unit == "MB"),
}


def _paired(row):
    return row.theirs and row.against not in OURSELVES


def draw(rows, folder):
    """Write one picture per kind of measure; returns (title, file name) of each."""
    folder.mkdir(exist_ok=True)
    chosen = {name: (title, [row for row in rows if wanted(row)]) for name, (title, wanted) in PICTURES.items()}
    for name, (title, shown) in chosen.items():
        folder.joinpath(name).write_text(picture(title, shown), encoding="utf-8")
    return [(title, name) for name, (title, shown) in chosen.items() if shown]


def picture(title, rows):
    """One bar per row: the median; a whisker from least to greatest; ticks at bar and goal."""
    most = max((limit for row in rows for limit in (*row.figures, row.bar or 0, row.goal or 0)), default=1)
    scale = (WIDTH - LEFT - 70) / most
    lines = [line for number, row in enumerate(rows) for line in bar(row, TOP + LINE * number, scale)]
    height = TOP + LINE * len(rows) + 24
    notes = "colour: green goal, blue bar, red below the bar, grey no bar; ticks: bar and goal; whisker: all rounds"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text x="12" y="24" font-size="16">{escape(title)}</text>',
            *lines,
            f'<text x="12" y="{height - 8}" fill="#555" font-size="10">{notes}</text>',
            "</svg>\n",
        ]
    )


def bar(row, y, scale):
    """The elements of one row."""
    low, middle, high = (each * scale for each in (min(row.figures), median(row.figures), max(row.figures)))
    label = f"{row.title.replace('`', '')} : {row.against.replace('`', '')}"
    yield f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end" font-size="10">{escape(label)}</text>'
    yield f'<rect x="{LEFT}" y="{y + 3}" width="{middle:.1f}" height="14" fill="{COLOURS[row.verdict]}"/>'
    yield f'<path d="M{LEFT + low:.1f} {y + 10}H{LEFT + high:.1f}" stroke="#000" stroke-width="1.5"/>'
    for limit in filter(None, (row.bar, row.goal)):
        yield f'<path d="M{LEFT + limit * scale:.1f} {y}v20" stroke="#000" stroke-dasharray="3 2"/>'
    yield f'<text x="{LEFT + max(high, middle) + 6:.1f}" y="{y + 14}">{median(row.figures):.3g}</text>'
