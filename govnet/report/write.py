"""Reports to files: the document and its readings in each language, as HTML and PDF, each file whole or not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from govnet.report.document import Document, document_bytes, document_digest
from govnet.report.html import html
from govnet.report.language import CODES

Told = Callable[[Path], None]
"""Hears of each file when it is written."""


def unheard(path: Path) -> None:
    """Nobody waits for it."""


def write_report(document: Document, folder: Path, name: str, told: Told = unheard) -> list[Path]:
    """Write `<name>.json` and, for en and sw, `<name>.<language>.html` and `.pdf`; the paths in that order.

    Raises OSError where the folder cannot be written. Two languages are set by two processes at once.
    """
    return write_reports({name: document}, folder, told)


def write_reports(documents: dict[str, Document], folder: Path, told: Told = unheard) -> list[Path]:
    """Several reports, in the order given, with the processes that set them started once."""
    folder.mkdir(parents=True, exist_ok=True)

    def put(path: Path, content: bytes) -> None:
        _put(path, content)
        told(path)

    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        printed: dict[Future[bytes], Path] = {}
        for name, document in documents.items():
            put(folder / f"{name}.json", document_bytes(document))
            for code in CODES:
                page = html(document, code)
                put(folder / f"{name}.{code}.html", page.encode())
                printed[pool.submit(_print, page, document_digest(document))] = folder / f"{name}.{code}.pdf"
        for pdf in as_completed(printed):
            put(printed[pdf], pdf.result())
    ends = ("json", *(f"{code}.{kind}" for code in CODES for kind in ("html", "pdf")))
    return [folder / f"{name}.{end}" for name in documents for end in ends]


def _print(page: str, digest: str) -> bytes:
    """In a process of its own: importing the PDF writer is slow, and its fonts are pinned for a whole process."""
    from govnet.report.pdf import pdf

    return pdf(page, digest)


def _put(path: Path, content: bytes) -> None:
    """Write beside it, to the disk, then rename: a reader finds the old file or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
