"""How well a network does: on the whole test set, and class by class."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.training.network.inside import undisturbed
from optviz.training.record import Bytes, Ints, Judgement
from optviz.training.setting import CLASSES

if TYPE_CHECKING:
    from torch import Tensor

    from optviz.training.network.modules import Network

WORST = 24  # images kept of those it was wrong about


def judge(
    network: Network,
    images: Tensor,
    labels: Tensor,
    raw: Bytes,
    *,
    epoch: int,
    step: int,
    chunk: int = 250,
    called_off: Callable[[], bool] = lambda: False,
) -> Judgement | None:
    """Judge a network by what it says about images it was not trained on.

    An image whose probabilities are not numbers, as those of a diverged network, has no answer: it counts as
    wrong, but it is neither in the confusion matrix, whose sum is then less than n, nor among the worst, as
    there is no confidence in it. The loss is then nan.

    The network, its mode, its statistics and gradients, and every generator are left as they were.

    Parameters
    ----------
    images : Tensor[n, 1, h, w]
        Normalized, on the network's device and of its precision.
    labels : Tensor[n]
        The true classes.
    raw : uint8[n, h, w]
        The same images as pictures.
    chunk
        How many images are taken at a time. More would not fit the caches of a CPU: 1,000 take nearly twice
        as long as 250.
    called_off
        Asked before each chunk; once it says True, there is no judgement, and None is returned.
    """
    import torch
    from torch.nn import functional

    labels = labels.to(images.device)
    loss = torch.zeros(
        (), dtype=torch.float64, device="cpu" if images.device.type == "mps" else images.device
    )
    confidences, answers = [], []
    with undisturbed(network):
        for first in range(0, len(images), chunk):
            if called_off():
                return None
            logits = network(images[first : first + chunk])
            loss += functional.cross_entropy(logits, labels[first : first + chunk], reduction="sum").to(loss)
            confidence, answer = torch.softmax(logits, dim=1).max(dim=1)
            confidences.append(confidence)
            answers.append(answer)
    confident = torch.cat(confidences).float().cpu().numpy()
    said = torch.cat(answers).cpu().numpy()
    true = labels.cpu().numpy().astype(np.int64)

    answered = ~np.isnan(confident)
    confusion = np.bincount(CLASSES * true[answered] + said[answered], minlength=CLASSES**2)
    confusion = confusion.reshape(CLASSES, CLASSES).astype(np.int64)
    wrong = np.flatnonzero(answered & (said != true))
    worst = wrong[np.argsort(-confident[wrong], kind="stable")[:WORST]].astype(np.int64)
    return Judgement(
        epoch=epoch,
        step=step,
        loss=float(loss) / len(images),
        accuracy=float(np.trace(confusion)) / len(images),
        confusion=confusion,
        worst_images=np.asarray(raw)[worst],
        worst_index=worst,
        worst_true=true[worst],
        worst_said=said[worst].astype(np.int64),
        worst_confidence=confident[worst],
    )


def per_class(confusion: Ints) -> dict[str, Any]:
    """Return precision, recall and F1 of each class, and their means over the classes.

    What would be a division by 0, as the precision of a class that was never said, is 0.

    Parameters
    ----------
    confusion : int64[c, c]
        Row: the true class; column: what was said.

    Returns
    -------
    dict
        "precision", "recall" and "f1": a list of c numbers each; "macro_precision", "macro_recall" and
        "macro_f1": their means.
    """
    right = np.diag(confusion).astype(np.float64)
    said, true = confusion.sum(axis=0), confusion.sum(axis=1)
    shares = {
        "precision": right / np.maximum(said, 1),
        "recall": right / np.maximum(true, 1),
        "f1": 2 * right / np.maximum(said + true, 1),
    }
    lists: dict[str, Any] = {name: share.tolist() for name, share in shares.items()}
    return lists | {f"macro_{name}": float(share.mean()) for name, share in shares.items()}
