"""What an answer holds, and that there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

from optviz.errors import InputError
from optviz.setting import Pair


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    Attributes
    ----------
    kind
        As in `Ask`.
    template, values
        The answer in words, to be translated and filled in.
    point
        Of "end": where; None where it diverges.
    winner
        Of "winner": the entrant's place; -1 where all diverge.
    losses, arrivals
        Of "winner", for each entrant: its loss at the end (inf where it diverged), and the step from which
        on it was as low as the lowest (-1: never).
    learning_rate
        Of "largest_learning_rate".
        `offered` is False where it lies outside of the `range` of the question.
    option
        Of "choice".
    missing
        Whether there is no answer; `template` says why.
    """

    kind: str
    template: str
    values: dict[str, str] = field(default_factory=dict)
    point: Pair | None = None
    winner: int = -1
    losses: tuple[float, ...] = ()
    arrivals: tuple[int, ...] = ()
    learning_rate: float = 0.0
    offered: bool = True
    option: str = ""
    missing: bool = False

    @property
    def words(self) -> str:
        """The answer in a sentence."""
        return self.template.format(**self.values)


class NoAnswer(InputError):  # noqa: N818 - nothing is wrong: it is what the race says
    """A question has no answer.

    Attributes
    ----------
    answer
        "There is no answer: …", with the reason, to be shown in the place of one.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.words.partition(": ")[2].rstrip("."))
        self.answer = answer
