"""What a trainer process does before it is asked for anything, so that a training starts at once."""

from __future__ import annotations

from collections.abc import Iterator


def import_torch() -> None:
    """Import what every training needs."""
    import torch  # noqa: F401

    import optviz.training.loop  # noqa: F401

    spare_compiler()


def spare_compiler() -> None:
    """Keep torch from importing its compiler for an optimizer, which takes seconds and compiles nothing here.

    Some methods of `torch.optim.Optimizer` are marked as not to be compiled when they are first called, by
    the compiler. Where torch has changed how it does that, it is only slower.
    """
    import torch

    for name in ("add_param_group", "load_state_dict", "state_dict", "zero_grad"):
        function = getattr(vars(torch.optim.Optimizer).get(name), "__wrapped__", None)
        if function is not None and not hasattr(function, "__dynamo_disable"):
            setattr(function, "__dynamo_disable", function)


def rehearsal() -> Iterator[None]:
    """Do, a piece at a time, what would make the first training wait; nothing is kept or changed by it."""
    import torch

    from optviz.entrant import Entrant
    from optviz.optimizers import OPTIMIZERS
    from optviz.training.network.models import build
    from optviz.training.setting import ModelSetting
    from optviz.training.steps.kernel_optimizer import make_optimizer

    torch.set_num_threads(1)  # the window is starting, too; a training sets it again
    step = OPTIMIZERS["adam"].step.single
    if step.kept:
        step.compiled  # noqa: B018 - the first brings all of Numba along
        yield
        network = build(ModelSetting(channels=(2,), hidden=(4,)), (8, 8), 0, torch.float32)
        optimizer = make_optimizer(network.parameters(), Entrant("adam"), "kernel")
        optimizer.set_learning_rate(0.01)
        optimizer.probe()
        torch.nn.functional.cross_entropy(network(torch.zeros(4, 1, 8, 8)), torch.arange(4)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        yield
    from optviz.training.images.data import load

    load("digits")  # brings scikit-learn along
    yield
    if torch.cuda.is_available():
        torch.zeros(1, device="cuda")
        yield
        import torch._dynamo

        yield
    for entry in OPTIMIZERS:
        for kernel in (entry.step, entry.probe):
            if kernel is not None and kernel.single.kept:
                kernel.single.compiled  # noqa: B018 - loads it
                yield
