"""Draws a training run's loss curve as an SVG picture for the model card.

python -m agentkit.models.nano.curve runs/nano/curve.csv curve.svg
"""

import csv
import math
import sys
from collections.abc import Sequence
from pathlib import Path

_WIDTH, _HEIGHT, _EDGE = 640, 320, 48
_LOSSES = (4, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


def picture(rows: Sequence[Sequence[str]]) -> str:
    """The curve: loss (logarithmic) over millions of tokens; dots are losses on held-out tasks.

    Each row holds step, tokens, seconds, running loss, and held-out loss or an empty string.
    """
    points = [(int(row[1]) / 1e6, float(row[3])) for row in rows]
    dots = [(int(row[1]) / 1e6, float(row[4])) for row in rows if row[4]]
    most = max(tokens for tokens, _ in points)
    low = math.log(min(loss for _, loss in [*points, *dots])) - 0.1
    high = math.log(max(loss for _, loss in points)) + 0.1

    def x(tokens: float) -> float:
        return _EDGE + tokens / most * (_WIDTH - 2 * _EDGE)

    def y(loss: float) -> float:
        return _EDGE + (high - math.log(loss)) / (high - low) * (_HEIGHT - 2 * _EDGE)

    def text(place: tuple[float, float], words: str, anchor: str = "middle") -> str:
        return f'<text x="{place[0]:.0f}" y="{place[1]:.0f}" text-anchor="{anchor}">{words}</text>'

    shown = [loss for loss in _LOSSES if low < math.log(loss) < high]
    ticks = [f'<path d="M{_EDGE} {y(loss):.1f}H{_WIDTH - _EDGE}" stroke="#ddd"/>' for loss in shown]
    ticks += [text((_EDGE - 6, y(loss) + 4), f"{loss:g}", "end") for loss in shown]
    step = max(1, round(most / 6))
    ticks += [text((x(n), _HEIGHT - _EDGE + 18), str(n)) for n in range(0, int(most) + 1, step)]
    line = " ".join(f"{x(tokens):.1f},{y(loss):.1f}" for tokens, loss in points)
    circles = [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="2.5" fill="#c30"/>' for a, b in dots]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            'font-family="sans-serif" font-size="11" fill="#333">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            *ticks,
            f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="1.2"/>',
            *circles,
            text((_WIDTH / 2, _HEIGHT - 10), "million tokens"),
            text((_WIDTH / 2, 24), "loss on the model's own tokens; dots: held-out tasks"),
            "</svg>\n",
        ]
    )


def main() -> None:
    source, target = (Path(name) for name in sys.argv[1:3])
    with source.open(newline="") as file:
        target.write_text(picture(list(csv.reader(file))))


if __name__ == "__main__":
    main()
