"""Literal readings of papers, in torch, for networks that no package has as they were published.

Each function is a network; nothing here knows convcost.
"""

from __future__ import annotations

from torch import nn


def get_model(name, **options):
    """Return the model of that name."""
    return globals()[name](**options)


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


def fcn8s():
    return FCN8s()


def srcnn(channels=1, n1=64, n2=32, f1=9, f2=1, f3=5):
    """Dong et al. 2016, arXiv:1501.00092, section 3, on an image that was enlarged before; without padding."""
    return nn.Sequential(
        nn.Conv2d(channels, n1, f1), nn.ReLU(), nn.Conv2d(n1, n2, f2), nn.ReLU(), nn.Conv2d(n2, channels, f3)
    )
