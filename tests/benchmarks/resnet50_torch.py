"""ResNet-50 in torch.nn, for comparison; run as a script, torchinfo's summary of it."""

from __future__ import annotations

from torch import Tensor, nn


def conv_bn(inputs: int, out: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(inputs, out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out)]


class Bottleneck(nn.Module):
    """He et al. 2016, arXiv:1512.03385, figure 5 right, with the stride in the 3x3."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        out = 4 * width
        reduce, spatial = conv_bn(inputs, width, 1), conv_bn(width, width, 3, stride)
        self.body = nn.Sequential(*reduce, nn.ReLU(True), *spatial, nn.ReLU(True), *conv_bn(width, out, 1))
        self.short = nn.Sequential(*conv_bn(inputs, out, 1, stride)) if inputs != out else nn.Identity()
        self.relu = nn.ReLU(True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.body(x) + self.short(x))


def resnet50() -> nn.Sequential:
    layers: list[nn.Module] = [*conv_bn(3, 64, 7, 2), nn.ReLU(True), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for width, units, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for n in range(units):
            layers.append(Bottleneck(inputs, width, 1 if n else stride))
            inputs = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 1000))


def parameters() -> int:
    return sum(parameter.numel() for parameter in resnet50().parameters())


if __name__ == "__main__":
    from torchinfo import summary

    summary(resnet50(), (1, 3, 224, 224), verbose=1)
