"""Each scene to the letter: what is written, in which words and order, what boxes are asked, and when."""

from __future__ import annotations

import pytest

from tests.change.scenes import SCENES, TRANSCRIPTS, told


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_goes_as_its_transcript_says(name: str) -> None:
    assert told(name) == (TRANSCRIPTS / f"{name}.txt").read_text()


def test_each_transcript_is_of_a_scene() -> None:
    assert {file.stem for file in TRANSCRIPTS.iterdir()} == set(SCENES)
