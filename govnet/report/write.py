"""Reports to files: the document and its readings in each language, as HTML and PDF, each file whole or not there."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from govnet.report.document import Document, document_bytes, document_digest
from govnet.report.html import html
from govnet.report.language import CODES


def write_report(document: Document, folder: Path, name: str) -> list[Path]:
    """Write `<name>.json` and, for en and sw, `<name>.<language>.html` and `.pdf`; the paths in that order.

    Raises OSError where the folder cannot be written. Two languages are set by two processes at once.
    """
    return write_reports({name: document}, folder)


def write_reports(documents: dict[str, Document], folder: Path) -> list[Path]:
    """Several reports, in the order given, with the processes that set them started once."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        (name, code): (html(document, code), document_digest(document))
        for name, document in documents.items()
        for code in CODES
    }
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        printed = {key: pool.submit(_print, *page) for key, page in pages.items()}
        written = []
        for name, document in documents.items():
            written.append(_put(folder / f"{name}.json", document_bytes(document)))
            for code in CODES:
                written.append(_put(folder / f"{name}.{code}.html", pages[name, code][0].encode()))
                written.append(_put(folder / f"{name}.{code}.pdf", printed[name, code].result()))
    return written


def _print(page: str, digest: str) -> bytes:
    """In a process of its own: importing the PDF writer is slow, and its fonts are pinned for a whole process."""
    from govnet.report.pdf import pdf

    return pdf(page, digest)


def _put(path: Path, content: bytes) -> Path:
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
    return path
