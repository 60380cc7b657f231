"""What a failure of the gallery is: an experiment, words, and a claim about its run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optviz import resources
from optviz.experiment import Experiment

if TYPE_CHECKING:
    from optviz.simulate import Run


@dataclass(frozen=True)
class Outcome:
    """What a run did, as measured: whether it fails as it should, and a sentence with its numbers.

    `template` is translated where it is shown (context "Gallery"); `values` are its numbers as text.
    """

    holds: bool
    template: str
    values: dict[str, str]

    @property
    def sentence(self) -> str:
        return self.template.format(**self.values)


@dataclass(frozen=True)
class Failure:
    """A declared failure.

    Attributes
    ----------
    id
        The name of its file without the number in front.
    title
        What fails, in a few words.
    wrong
        What goes wrong, in a sentence.
    text
        What a lecturer would say: what one sees, why, and what helps.
    reference
        Paper, with the theorem or section where there is one.
    expected
        Given the run of its experiment, what came out.
    """

    id: str
    title: str
    wrong: str
    text: str
    reference: str
    expected: Callable[[Run], Outcome]

    @property
    def path(self) -> Path:
        """The experiment file. Raises FileNotFoundError where it is not installed."""
        for path in resources.gallery():
            if path.stem.partition("_")[2] == self.id:
                return path
        raise FileNotFoundError(f"gallery/{self.id}.toml")

    def experiment(self) -> Experiment:
        """Return the experiment of its file."""
        return Experiment.load(self.path)
