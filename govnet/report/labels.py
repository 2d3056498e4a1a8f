"""Where labels stand on a drawing: each tries a ring of places and takes the one that hides least. Deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from govnet.report.svg import text_width

Segment = tuple[float, float, float, float]
"""x1, y1, x2, y2."""

DIRECTIONS: tuple[tuple[float, float], ...] = (
    (1, 0), (-1, 0), (0, -1), (0, 1), (0.8, -0.8), (-0.8, -0.8), (0.8, 0.8), (-0.8, 0.8),
    (1, -0.5), (1, 0.5), (-1, -0.5), (-1, 0.5), (0.4, -1), (0.4, 1), (-0.4, -1), (-0.4, 1),
)  # fmt: skip
RINGS = (0.0, 6.0, 14.0, 26.0, 42.0, 62.0, 86.0)
"""How much farther out than touching, in drawing units."""


@dataclass(frozen=True)
class Label:
    """A wish: this text near that point."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    clear: float
    """Distance to keep from the point."""


@dataclass(frozen=True)
class Box:
    """A rectangle by its middle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2

    def overlap(self, other: Box) -> float:
        """The shared area."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * tall if wide > 0 and tall > 0 else 0.0

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The point of the rectangle that is nearest to (x, y)."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)

    def distance_to(self, x: float, y: float) -> float:
        near = self.nearest(x, y)
        return float(((near[0] - x) ** 2 + (near[1] - y) ** 2) ** 0.5)

    def crossed_by(self, segment: Segment) -> bool:
        """Liang and Barsky's test (1984): does the segment enter the rectangle?"""
        x1, y1, x2, y2 = segment
        enters, leaves = 0.0, 1.0
        for step, room in (
            (x1 - x2, x1 - self.left),
            (x2 - x1, self.right - x1),
            (y1 - y2, y1 - self.top),
            (y2 - y1, self.bottom - y1),
        ):
            if step == 0:
                if room < 0:
                    return False
            elif step < 0:
                enters = max(enters, room / step)
            else:
                leaves = min(leaves, room / step)
        return enters <= leaves


def place_labels(
    labels: Iterable[Label], marks: Sequence[Box], lines: Sequence[Segment], frame: Segment
) -> Iterator[tuple[Label, Box]]:
    """Each label with its place, in the order given: earlier ones choose first. Stays inside the frame if it can."""
    taken: list[Box] = []
    for label in labels:
        best = min(
            enumerate(_places(label)), key=lambda numbered: _cost(numbered[1], taken, marks, lines, frame) + numbered[0]
        )[1]
        taken.append(best)
        yield label, best


def _places(label: Label) -> Iterator[Box]:
    width = text_width(label.text, label.size) * (1.06 if label.bold else 1.0)
    height = label.size * 1.25
    for ring in RINGS:
        for dx, dy in DIRECTIONS:
            reach = label.clear + ring
            yield Box(label.x + dx * (reach + width / 2), label.y + dy * (reach + height / 2), width, height)


def _cost(box: Box, taken: Iterable[Box], marks: Iterable[Box], lines: Iterable[Segment], frame: Segment) -> float:
    outside = (
        max(0.0, frame[0] - box.left)
        + max(0.0, frame[1] - box.top)
        + max(0.0, box.right - frame[2])
        + max(0.0, box.bottom - frame[3])
    )
    return (
        1000.0 * outside
        + sum(200.0 + 10 * shared for other in taken if (shared := box.overlap(other)) > 0)
        + sum(60.0 + 2 * shared for mark in marks if (shared := box.overlap(mark)) > 0)
        + 6.0 * sum(box.crossed_by(line) for line in lines)
    )
