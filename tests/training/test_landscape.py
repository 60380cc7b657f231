"""The loss around a trained network, against torch taken apart and a path whose plane is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from optviz import cli
from optviz.training.landscape import landscape, plane_of
from optviz.training.loop import TrainingRun
from optviz.training.setting import Training


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> TrainingRun:
    training = Training(
        dataset="digits", train_limit=300, epochs=3, batch_size=32, threads=1, device="cpu",
        model={"kind": "mlp", "hidden": [8], "batch_norm": True, "dropout": 0.2},
        penalty={"l2": 0.01, "l1": 0.001},
        entrants=[{"optimizer": "adam", "learning_rate": 0.01}],
    )  # fmt: skip
    run = TrainingRun(training, tmp_path_factory.mktemp("landscape") / "run")
    list(run)
    return run


def oracle(run: TrainingRun, weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The loss of a plain Sequential with these weights, batch norm over the images."""
    net = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(64, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(),
        torch.nn.Linear(8, 10),
    ).double()  # fmt: skip
    torch.nn.utils.vector_to_parameters(torch.from_numpy(weights), net.parameters())
    pixels = torch.from_numpy(run.data.train_images / 255.0)
    x = ((pixels - pixels.mean()) / pixels.std(correction=0))[:100]
    with torch.no_grad():
        loss = functional.cross_entropy(net(x), torch.from_numpy(run.data.train_labels[:100]))
        for layer in (net[1], net[4]):
            loss = loss + 0.001 * layer.weight.abs().sum() + 0.005 * (layer.weight**2).sum()
    return float(loss)


def test_every_point_is_the_loss_there(run: TrainingRun) -> None:
    found = landscape(run.folder, size=5, images=100)
    end = torch.nn.utils.parameters_to_vector(run.courses[0].network.parameters())
    center = end.detach().double().numpy()
    d = found.directions.astype(np.float64)
    np.testing.assert_allclose(d @ d.T, np.eye(2), atol=1e-6)
    for i, j in ((0, 0), (4, 1), (2, 3)):
        weights = center + found.x[j] * d[0] + found.y[i] * d[1]
        assert found.loss[i, j] == pytest.approx(oracle(run, weights), rel=1e-4)
    assert found.path_loss[-1] == pytest.approx(oracle(run, center), rel=1e-5)
    np.testing.assert_allclose(found.path[-1], 0.0, atol=1e-12)
    assert found.path_steps[0] == 0
    assert found.path_steps[-1] == run.training.steps
    assert found.path_loss[0] > 2.0 > found.path_loss[-1]
    assert 0.5 < found.explained.sum() <= 1.0 + 1e-12
    assert found.x[0] < found.path[:, 0].min() < found.path[:, 0].max() < found.x[-1]


def test_a_path_in_a_plane_is_found_whole() -> None:
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(rng.standard_normal((40, 2)))[0].T
    flat = np.column_stack([np.linspace(5.0, 0.0, 9) ** 2, np.sin(np.linspace(3.0, 0.0, 9))])
    directions, path, explained = plane_of(flat @ basis + rng.standard_normal(40))
    assert explained.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(np.linalg.norm(np.diff(path, axis=0), axis=1),
                               np.linalg.norm(np.diff(flat, axis=0), axis=1))  # fmt: skip
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    for short in (np.zeros((1, 7)), np.outer([1.0, 0.5, 0.0], np.ones(7))):
        directions, path, _ = plane_of(short)
        np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
        np.testing.assert_allclose(path[-1], 0.0, atol=1e-12)


def test_the_command(run: TrainingRun, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "l.npz"
    assert cli.main(["landscape", str(run.folder), "-o", str(out), "--size", "3", "--images", "50"]) == 0
    assert "of the path" in capfd.readouterr().err
    with np.load(out, allow_pickle=False) as file:
        assert file["loss"].shape == (3, 3)
        assert Training.loads(json.loads(str(file["meta"]))["training"]) == run.training
    for arguments, part in (
        ([str(tmp_path), "-o", str(out)], "no run folder"),
        ([str(run.folder), "-o", str(out), "--entrant", "1"], "entrant: 1"),
        ([str(run.folder), "-o", str(tmp_path / "l.txt")], "must end in .npz"),
    ):
        assert cli.main(["landscape", *arguments]) == 2
        said = capfd.readouterr().err
        assert said.count("\n") == 1
        assert part in said
