"""What a torch model is made of, as its own modules show it: hooks on every convolution and linear layer that runs.

Nothing here knows convcost. Models run on the meta device, where activations take no memory.
"""

from __future__ import annotations

import importlib.metadata
from math import prod

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
COUNTED = (*CONVOLUTIONS, *TRANSPOSED, nn.Linear)


class Detector(nn.Module):
    """A detector of torchvision, up to what the heads over all its maps say."""

    def __init__(self, model):
        super().__init__()
        self.backbone = model.backbone
        self.head = model.rpn.head if hasattr(model, "rpn") else model.head

    def forward(self, x):
        return self.head(list(self.backbone(x).values()))


def macs(module, x, y):
    """Products summed for one sample: per output (or per input, transposed) as many as a filter has numbers.

    All that a layer is given is of one sample, also where patches are a batch to it.
    """
    if isinstance(module, TRANSPOSED):
        return prod(x.shape) * module.out_channels // module.groups * prod(module.kernel_size)
    if isinstance(module, nn.Linear):
        return prod(y.shape) * module.in_features
    return prod(y.shape) * module.in_channels // module.groups * prod(module.kernel_size)


def measure(build, *inputs):
    """Return what a model's layers write, hold and multiply for one sample, and what torch's own counter says.

    `build` makes the model; `inputs` are shapes of one sample each.
    """
    model = build().eval().to("meta")
    given = [torch.empty(1, *shape, device="meta") for shape in inputs]
    names = {module: name for name, module in model.named_modules()}
    rows, seen = [], set()

    def hook(module, args, output):
        held = {} if module in seen else {name: p.numel() for name, p in module.named_parameters(recurse=False)}
        seen.add(module)
        rows.append(
            {
                "name": names[module],
                "type": type(module).__name__,
                "out": channels_first(module, output.shape),
                "params": sum(held.values()),
                "macs": macs(module, args[0], output),
            }
        )

    for module in names:
        if isinstance(module, COUNTED):
            module.register_forward_hook(hook)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        output = model(*given)
    return {
        "inputs": [[1, *shape] for shape in inputs],
        "outputs": [list(y.shape) for y in tensors(output)],
        "totals": {
            "params": sum(p.numel() for p in model.parameters()),
            "conv_linear_macs": sum(row["macs"] for row in rows),
            "flop_counter_flops": counter.get_total_flops(),
        },
        "layers": rows,
    }


def channels_first(module, shape):
    """What a layer writes, channels before positions: a linear layer over positions has them last."""
    sample, *rest = shape
    return [sample, rest[-1], *rest[:-1]] if isinstance(module, nn.Linear) else [sample, *rest]


def tensors(output):
    """Yield all tensors of what a model hands on."""
    if isinstance(output, torch.Tensor):
        yield output
    else:
        for item in output.values() if isinstance(output, dict) else output:
            yield from tensors(item)


def versions(*packages):
    """Return the installed versions, by package."""
    return {name: importlib.metadata.version(name) for name in packages}
