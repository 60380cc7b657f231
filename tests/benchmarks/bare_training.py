"""A bare PyTorch loop over the same network, data, batches and threads: what a notebook would have.

Prints images a second. Arguments: "network" (the very network optviz builds) or "sequential" (the same layers
as a plain nn.Sequential); images; batch size; threads; epochs.
"""

from __future__ import annotations

import sys
from time import perf_counter

import torch
from torch import nn

from optviz.training.images.data import load
from optviz.training.network.models import build
from optviz.training.setting import ModelSetting


def sequential() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 49, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def main(kind: str, images: int, size: int, threads: int, epochs: int) -> None:
    torch.set_num_threads(threads)
    data = load("mnist", "", images)
    x = (torch.from_numpy(data.train_images).float().unsqueeze(1) / 255.0 - data.mean) / data.std
    y = torch.from_numpy(data.train_labels)
    net = build(ModelSetting(), (28, 28), 0) if kind == "network" else sequential()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    count = len(x)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=epochs * -(-count // size))
    spent = 0.0
    for _ in range(epochs):
        order = torch.randperm(count)
        begun = perf_counter()
        for first in range(0, count, size):
            chosen = order[first : first + size]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
            loss.backward()
            optimizer.step()
            scheduler.step()
            loss.item()  # so that it can be shown
        spent += perf_counter() - begun
    print(epochs * count / spent)


if __name__ == "__main__":
    main(sys.argv[1], *(int(one) for one in sys.argv[2:]))
