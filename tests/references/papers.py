"""Literal readings of papers, in torch, for networks that no package has as they were published.

Nothing here knows convcost.
"""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import nn


def botnet50(resolution=224):
    """Srinivas et al. 2021, arXiv:2101.11605, table 1: ResNet-50 of torchvision, timm's attention in it."""
    resnet50 = pytest.importorskip("torchvision.models").resnet50
    attention = pytest.importorskip("timm.layers.bottleneck_attn").BottleneckAttn
    model = resnet50()
    for block in model.layer4:
        stride = block.conv2.stride[0]
        side = resolution // 32 * stride
        block.conv2 = attention(512, feat_size=(side, side), stride=stride, num_heads=4)
    return model


class FCN8s(nn.Module):
    """Long et al. 2015, arXiv:1411.4038, figure 3, with the padding of 100 and the crops of the authors' release."""

    def __init__(self, classes=21):
        super().__init__()
        widths, channels, stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 3, []
        for stage, (width, units) in enumerate(widths):
            layers = []
            for unit in range(units):
                layers += [nn.Conv2d(channels, width, 3, padding=1 if stage or unit else 100), nn.ReLU()]
                channels = width
            stages.append(nn.Sequential(*layers, nn.MaxPool2d(2, ceil_mode=True)))
        self.stages = nn.ModuleList(stages)
        self.fc = nn.Sequential(nn.Conv2d(512, 4096, 7), nn.ReLU(), nn.Conv2d(4096, 4096, 1), nn.ReLU())
        self.score_fr = nn.Conv2d(4096, classes, 1)
        self.upscore2 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
        self.score_pool4 = nn.Conv2d(512, classes, 1)
        self.upscore_pool4 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
        self.score_pool3 = nn.Conv2d(256, classes, 1)
        self.upscore8 = nn.ConvTranspose2d(classes, classes, 16, stride=8, bias=False)

    def forward(self, x):
        def cropped(y, like, offset):
            return y[:, :, offset : offset + like.shape[2], offset : offset + like.shape[3]]

        pools = [x]
        for stage in self.stages:
            pools.append(stage(pools[-1]))
        up = self.upscore2(self.score_fr(self.fc(pools[5])))
        up = self.upscore_pool4(up + cropped(self.score_pool4(pools[4]), up, 5))
        up = self.upscore8(up + cropped(self.score_pool3(pools[3]), up, 9))
        return cropped(up, x, 31)


def srcnn(channels=1, n1=64, n2=32, f1=9, f2=1, f3=5):
    """Dong et al. 2016, arXiv:1501.00092, section 3, on an image that was enlarged before; without padding."""
    return nn.Sequential(
        nn.Conv2d(channels, n1, f1), nn.ReLU(), nn.Conv2d(n1, n2, f2), nn.ReLU(), nn.Conv2d(n2, channels, f3)
    )


def espcn(channels=3, r=3):
    """Shi et al. 2016, arXiv:1609.05158, section 3: (5, 64)-(3, 32)-3 and the shuffle, with tanh."""
    return nn.Sequential(
        nn.Conv2d(channels, 64, 5, padding=2),
        nn.Tanh(),
        nn.Conv2d(64, 32, 3, padding=1),
        nn.Tanh(),
        nn.Conv2d(32, channels * r**2, 3, padding=1),
        nn.PixelShuffle(r),
    )


class Residual(nn.Module):
    """A body and its input, summed."""

    def __init__(self, *body):
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x):
        return x + self.body(x)


def edsr(width=64, units=16, scales=(2,)):
    """Lim et al. 2017, arXiv:1707.02921, figure 3: residual blocks without normalisation, then sub-pixel ones."""

    def conv(into, out):
        return nn.Conv2d(into, out, 3, padding=1)

    blocks = [Residual(conv(width, width), nn.ReLU(), conv(width, width)) for _ in range(units)]
    ups = [layer for scale in scales for layer in (conv(width, scale**2 * width), nn.PixelShuffle(scale))]
    return nn.Sequential(conv(3, width), Residual(*blocks, conv(width, width)), *ups, conv(width, 3))


def srgan(width=64, units=16, times=2):
    """Ledig et al. 2017, arXiv:1609.04802, figure 4, the generator; convolutions before normalisation without bias."""

    def normed():
        return nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)

    blocks = [Residual(*normed(), nn.PReLU(), *normed()) for _ in range(units)]
    up = [nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU()]
    first, last = nn.Conv2d(3, width, 9, padding=4), nn.Conv2d(width, 3, 9, padding=4)
    return nn.Sequential(
        first, nn.PReLU(), Residual(*blocks, *normed()), *(deepcopy(layer) for _ in range(times) for layer in up), last
    )


class UNet3d(nn.Module):
    """Çiçek et al. 2016, arXiv:1606.06650, figure 2: 3x3x3 convolutions without padding, each with normalisation."""

    def __init__(self, channels=3, classes=3):
        super().__init__()

        def pair(into, middle, out):
            layers = [nn.Conv3d(into, middle, 3), nn.BatchNorm3d(middle, affine=False), nn.ReLU()]
            return nn.Sequential(*layers, nn.Conv3d(middle, out, 3), nn.BatchNorm3d(out, affine=False), nn.ReLU())

        self.down = nn.ModuleList([pair(channels, 32, 64), pair(64, 64, 128), pair(128, 128, 256)])
        self.bottom = pair(256, 256, 512)
        self.raised = nn.ModuleList([nn.ConvTranspose3d(n, n, 2, stride=2, bias=False) for n in (512, 256, 128)])
        self.up = nn.ModuleList([pair(768, 256, 256), pair(384, 128, 128), pair(192, 64, 64)])
        self.last = nn.Conv3d(64, classes, 1)

    def forward(self, x):
        kept = []
        for down in self.down:
            kept.append(down(x))
            x = nn.functional.max_pool3d(kept[-1], 2)
        x = self.bottom(x)
        for raised, up, across in zip(self.raised, self.up, reversed(kept), strict=True):
            x = raised(x)
            cuts = [(i - o) // 2 for i, o in zip(across.shape[2:], x.shape[2:], strict=True)]
            for axis, (cut, size) in enumerate(zip(cuts, x.shape[2:], strict=True), 2):
                across = across.narrow(axis, cut, size)
            x = up(torch.cat([across, x], 1))
        return self.last(x)


def darknet_conv(into, out, kernel, stride=1):
    """Redmon & Farhadi 2018: a convolution, normalisation and a leaky ReLU."""
    conv = nn.Conv2d(into, out, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), nn.LeakyReLU(0.1))


class YoloV3(nn.Module):
    """Redmon & Farhadi 2018, arXiv:1804.02767, table 1 and section 2.3, as the authors' yolov3.cfg has it."""

    def __init__(self, classes=80):
        super().__init__()
        said, stages, into = 3 * (5 + classes), [darknet_conv(3, 32, 3)], 32
        for units in (1, 2, 8, 8, 4):
            out = 2 * into
            blocks = [Residual(darknet_conv(out, into, 1), darknet_conv(into, out, 3)) for _ in range(units)]
            stages.append(nn.Sequential(darknet_conv(into, out, 3, 2), *blocks))
            into = out
        self.stages = nn.ModuleList(stages)

        def five(into, width):
            widths = [(into, width, 1), (width, 2 * width, 3), (2 * width, width, 1), (width, 2 * width, 3)]
            return nn.Sequential(*(darknet_conv(*one) for one in widths), darknet_conv(2 * width, width, 1))

        self.neck = nn.ModuleList([five(1024, 512), five(768, 256), five(384, 128)])
        self.head = nn.ModuleList(
            [nn.Sequential(darknet_conv(n, 2 * n, 3), nn.Conv2d(2 * n, said, 1)) for n in (512, 256, 128)]
        )
        self.narrow = nn.ModuleList([darknet_conv(512, 256, 1), darknet_conv(256, 128, 1)])

    def forward(self, x):
        maps, boxes = [], []
        for stage in self.stages:
            maps.append(x := stage(x))
        for n, (neck, head) in enumerate(zip(self.neck, self.head, strict=True)):
            if n:
                x = nn.functional.interpolate(self.narrow[n - 1](x), scale_factor=2)
                x = torch.cat([x, maps[-1 - n]], 1)
            x = neck(x)
            boxes.append(head(x))
        return boxes


class UNetPlusPlus(nn.Module):
    """Zhou et al. 2018, arXiv:1807.10165, figure 1 and section 3: X[i][j] reads X[i][<j] and, enlarged, X[i+1][j-1]."""

    def __init__(self, channels=3, classes=1, widths=(32, 64, 128, 256, 512)):
        super().__init__()

        def pair(into, out):
            convs = [nn.Conv2d(into, out, 3, padding=1), nn.Conv2d(out, out, 3, padding=1)]
            return nn.Sequential(convs[0], nn.ReLU(), convs[1], nn.ReLU())

        self.depth = len(widths)
        self.units, self.ups = nn.ModuleDict(), nn.ModuleDict()
        for j in range(self.depth):
            for i in range(self.depth - j):
                width = widths[i]
                if j:
                    self.ups[f"{i}{j}"] = nn.ConvTranspose2d(widths[i + 1], width, 2, stride=2)
                self.units[f"{i}{j}"] = pair((j + 1) * width if j else widths[i - 1] if i else channels, width)
        self.said = nn.ModuleList([nn.Conv2d(widths[0], classes, 1) for _ in widths[1:]])

    def forward(self, x):
        nodes = {}
        for s in range(self.depth):
            for j in range(s + 1):
                i = s - j
                if j:
                    up = self.ups[f"{i}{j}"](nodes[i + 1, j - 1])
                    x = torch.cat([*(nodes[i, k] for k in range(j)), up], 1)
                elif i:
                    x = nn.functional.max_pool2d(nodes[i - 1, 0], 2)
                nodes[i, j] = self.units[f"{i}{j}"](x)
        return [said(nodes[0, j]) for j, said in enumerate(self.said, 1)]


class TCN(nn.Module):
    """Bai et al. 2018, arXiv:1803.01271, figure 1 and section 3, for sequential MNIST; weight normalisation put in."""

    def __init__(self, width=25, levels=8, kernel=7, classes=10):
        super().__init__()
        self.pairs, self.narrow = nn.ModuleList(), nn.Conv1d(1, width, 1)
        for n in range(levels):
            convs = [nn.Conv1d(width if n or k else 1, width, kernel, dilation=2**n) for k in range(2)]
            self.pairs.append(nn.ModuleList(convs))
        self.last = nn.Linear(width, classes)

    def forward(self, x):
        for n, pair in enumerate(self.pairs):
            y = x
            for conv in pair:
                y = conv(nn.functional.pad(y, (conv.dilation[0] * (conv.kernel_size[0] - 1), 0))).relu()
            x = (y + (x if n else self.narrow(x))).relu()
        return self.last(x[:, :, -1])


class CRNN(nn.Module):
    """Shi et al. 2015, arXiv:1507.05717, table 1, with the authors' linear layer between the two recurrent ones."""

    def __init__(self, classes=37):
        super().__init__()
        layers, into = [], 1
        rows = [(64, 0, (2, 2)), (128, 0, (2, 2)), (256, 0, None), (256, 0, (2, 1)), (512, 1, None), (512, 1, (2, 1))]
        for out, normed, pool in rows:
            layers += [nn.Conv2d(into, out, 3, padding=1), *[nn.BatchNorm2d(out)] * normed, nn.ReLU()]
            layers += [nn.MaxPool2d(pool)] if pool else []
            into = out
        self.features = nn.Sequential(*layers, nn.Conv2d(512, 512, 2), nn.ReLU())
        self.first, self.second = (nn.LSTM(n, 256, bidirectional=True, batch_first=True) for n in (512, 256))
        self.between, self.last = nn.Conv1d(512, 256, 1), nn.Conv1d(512, classes, 1)

    def forward(self, x):
        x = self.features(x).squeeze(2)
        x = self.between(self.first(x.mT)[0].mT)
        return self.last(self.second(x.mT)[0].mT)


MODELS = {
    "botnet50": botnet50,
    "crnn": CRNN,
    "edsr": edsr,
    "espcn": espcn,
    "fcn8s": FCN8s,
    "srcnn": srcnn,
    "srgan": srgan,
    "tcn": TCN,
    "unet3d": UNet3d,
    "unetplusplus": UNetPlusPlus,
    "yolov3": YoloV3,
}


def get_model(name):
    """Return the model of that name."""
    return MODELS[name]()
