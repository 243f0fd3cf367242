"""Modules read through torch.export, against what torch itself counts of them; skipped where there is no torch."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
torchvision = pytest.importorskip("torchvision", reason="torchvision is not installed")

sys.path.append(str(Path(__file__).parent / "references"))
from measured import measure  # noqa: E402
from torch import nn  # noqa: E402

import convcost  # noqa: E402

NETWORKS = [
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "shufflenet_v2_x1_0",
    "squeezenet1_1",
    "swin_t",
    "vgg16",
    "vit_b_16",
    "wide_resnet50_2",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_torchvision(name):
    module = torchvision.models.get_model(name)
    found = convcost.analyze(convcost.from_torch(module, (1, 3, 224, 224)))
    measured = measure(lambda: module, (3, 224, 224))["totals"]
    assert (found.params, 2 * found.macs) == (measured["params"], measured["flop_counter_flops"])


TIMM = {
    "resnetblur50": 224,
    "resnetv2_50d_evos": 224,
    "skresnet18": 224,
    "densenetblur121d": 224,
    "efficientnet_b0_gn": 224,
    "mobilenetv4_conv_blur_medium": 224,
    "nfnet_l0": 224,
    "nf_ecaresnet26": 224,
    "convnextv2_atto": 224,
    "hrnet_w18_small": 224,
    "vit_tiny_patch16_224": 224,
    "beit_base_patch16_224": 224,
    "botnet26t_256": 256,
    "lambda_resnet26t": 256,
    "halonet26t": 256,
    "focalnet_tiny_srf": 224,
    "gcvit_xxtiny": 224,
    "hiera_tiny_224": 224,
    "nest_tiny": 224,
    "vitamin_small_224": 224,
}
"""Models, and the size of their input."""


@pytest.mark.slow
@pytest.mark.parametrize("name", TIMM)
def test_timm(name):
    module = pytest.importorskip("timm").create_model(name)
    found = convcost.analyze(convcost.from_torch(module, (1, 3, TIMM[name], TIMM[name])))
    measured = measure(lambda: module, (3, TIMM[name], TIMM[name]))["totals"]
    assert (found.params, 2 * found.macs) == (measured["params"], measured["flop_counter_flops"])


class Of(nn.Module):
    """A module whose forward is given, with parts."""

    def __init__(self, forward, **parts):
        super().__init__()
        self.does = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *xs):
        return self.does(self, *xs)


def shuffled(self, x):
    n, c, h, w = x.shape
    return self.conv(x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w))


def attended(self, x):
    n, c, h, w = x.shape
    q, k, v = self.qkv(x.flatten(2).transpose(1, 2)).reshape(n, h * w, 3, 2, c // 2).permute(2, 0, 3, 1, 4).unbind(0)
    found = ((q @ k.transpose(-2, -1)) * 0.5).softmax(dim=-1) @ v
    return self.out(found.transpose(1, 2).reshape(n, h * w, c))


def windows(self, x):
    n, c, h, w = x.shape
    cut = x.view(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 3, 5, 1).reshape(-1, 4, c)
    return self.linear(cut)


def squeezed(self, x):
    return x * self.gate(x.mean((2, 3))).sigmoid()[:, :, None, None]


def with_states(self, x):
    steps, states = self.read(x.mean(2).transpose(1, 2))
    return torch.cat([steps.flatten(1), states.transpose(0, 1).flatten(1)], 1)


def celled(self, x):
    state = cells = x.new_zeros(len(x), 5)
    for step in x.mean(2).unbind(2):
        state, cells = self.read(step, (state, cells))
    return self.out(state)


def gated(self, x):
    state = x.new_zeros(len(x), 5)
    for step in x.mean(2).unbind(2):
        state = self.out(self.read(step, state))
    return state


def written(self, x):
    whole = x.new_zeros(len(x), 8, 6, 6)
    whole[:, :4] = self.conv(x)
    whole[:, 4:, 1:] = self.conv(x[:, :, 1:])
    return self.out(whole)


class Standardised(nn.Conv2d):
    """A convolution whose filters have a mean of 0 and a variance of 1, and a trained length."""

    def __init__(self, *given, **others):
        super().__init__(*given, **others)
        self.length = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))

    def forward(self, x):
        flat = self.weight.reshape(1, self.out_channels, -1)
        rows = nn.functional.batch_norm(flat, None, None, weight=self.length.view(-1), training=True)
        kernel = rows.reshape_as(self.weight)
        return nn.functional.conv2d(x, kernel, self.bias, groups=self.groups)


class Blurred(nn.Module):
    """A depthwise convolution with one fixed kernel for all channels."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", torch.full((1, 1, 3, 3), 1 / 9))

    def forward(self, x):
        kernel = self.kernel.expand(x.shape[1], -1, -1, -1)
        return nn.functional.conv2d(x, kernel, stride=2, groups=x.shape[1])


class HalfBiased(nn.Module):
    """A linear layer of which the second half of the outputs has no bias."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 4, bias=False)
        self.bias = nn.Parameter(torch.zeros(2))
        self.register_buffer("none", torch.zeros(2))

    def forward(self, x):
        return nn.functional.linear(x.mean((2, 3)), self.linear.weight, torch.cat((self.bias, self.none)))


PATTERNS = {
    "standardised filters": Standardised(8, 4, 3),
    "standardised filters of each channel": Standardised(8, 8, 3, groups=8),
    "a fixed kernel": Blurred(),
    "biases for a half": HalfBiased(),
    "windows that overlap": Of(lambda self, x: self.conv(x.unfold(2, 4, 2).flatten(2, 3)), conv=nn.Conv2d(8, 4, 3)),
    "a deviation": Of(lambda self, x: self.conv(x / x.std((2, 3), keepdim=True)), conv=nn.Conv2d(8, 4, 3)),
    "rows written twice": Of(lambda self, x: self.conv(x.repeat_interleave(2, dim=2)), conv=nn.Conv2d(8, 4, 3)),
    "a kernel in halves": Of(
        lambda self, x: nn.functional.conv2d(x, self.conv.weight[:2]) + nn.functional.conv2d(x, self.conv.weight[2:]),
        conv=nn.Conv2d(8, 4, 3, bias=False),
    ),
    "a shuffle of channels": Of(shuffled, conv=nn.Conv2d(8, 4, 1)),
    "attention": Of(attended, qkv=nn.Linear(8, 24), out=nn.Linear(8, 8)),
    "windows": Of(windows, linear=nn.Linear(8, 5)),
    "a gate": Of(squeezed, gate=nn.Linear(8, 8)),
    "a mean": Of(lambda self, x: self.linear(x.mean((2, 3))), linear=nn.Linear(8, 5)),
    "halves": Of(lambda self, x: torch.cat([self.conv(part) for part in x.chunk(2, 1)], 1), conv=nn.Conv2d(4, 4, 3)),
    "pixels shuffled": nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.PixelShuffle(2), nn.Conv2d(4, 3, 3)),
    "a multi-head attention": Of(
        lambda self, x: self.attend(*(x.flatten(2).transpose(1, 2),) * 3, need_weights=False)[0],
        attend=nn.MultiheadAttention(8, 2, batch_first=True),
    ),
    "padding that mirrors": nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(8, 4, 3)),
    "a transposed convolution": nn.ConvTranspose2d(8, 4, 3, 2, 1, 1),
    "a layer norm of channels": Of(
        lambda self, x: self.linear(self.norm(x.permute(0, 2, 3, 1))), norm=nn.LayerNorm(8), linear=nn.Linear(8, 5)
    ),
    "an axis moved to the end, and back": Of(
        lambda self, x: self.conv(self.norm(x.movedim(1, -1)).movedim((3, 0), (1, 0))),
        norm=nn.LayerNorm(8),
        conv=nn.Conv2d(8, 4, 3),
    ),
    "patches side by side": nn.Sequential(
        nn.Unfold(2, stride=2), nn.Conv1d(32, 48, 1), nn.Fold((6, 6), 2, stride=2), nn.Conv2d(12, 4, 3)
    ),
    "taps as channels": nn.Sequential(nn.Unfold((3, 2), 2, (2, 1), (1, 2)), nn.Conv1d(48, 4, 1)),
    "steps, both ways, with states": Of(
        with_states,
        read=nn.GRU(8, 5, num_layers=2, bidirectional=True, batch_first=True, bias=False),
    ),
    "the last step's state": Of(
        lambda self, x: self.out(self.read(x.mean(2).permute(2, 0, 1))[1][0][-1]),
        read=nn.LSTM(8, 5, num_layers=2),
        out=nn.Linear(5, 3),
    ),
    "every second position": Of(lambda self, x: self.conv(x[:, :, ::2, ::2]), conv=nn.Conv2d(8, 4, 1)),
    "a map turned round": Of(lambda self, x: self.conv(x.flip(2, 3)), conv=nn.Conv2d(8, 4, 3)),
    "the largest of a row": Of(lambda self, x: self.conv(x.flatten(2).topk(4, 2)[0]), conv=nn.Conv1d(8, 4, 3)),
    "the log of sums": Of(lambda self, x: self.linear(x.logsumexp((2, 3))), linear=nn.Linear(8, 5)),
    "a token that is read twice": Of(
        lambda self, x: self.conv(torch.cat([self.token, x.flatten(2).transpose(1, 2)], 1) + self.token),
        conv=nn.Linear(8, 4),
        token=nn.Parameter(torch.ones(1, 1, 8)),
    ),
    "a table with a gate that maps have too": Of(
        lambda self, x: (1 - self.gate.sigmoid()) * x + self.gate.sigmoid() * self.table[self.places],
        gate=nn.Parameter(torch.ones(1, 8, 1, 1)),
        table=nn.Parameter(torch.ones(5)),
        places=nn.Buffer(torch.zeros(8, 6, 6, dtype=torch.int64)),
    ),
    "maxima put back": Of(
        lambda self, x: self.conv(self.unpool(*self.pool(x), output_size=x.shape)),
        pool=nn.MaxPool2d(4, return_indices=True),
        unpool=nn.MaxUnpool2d(4),
        conv=nn.Conv2d(8, 4, 3),
    ),
    "a map read where a flow says": Of(
        lambda self, x: self.conv(nn.functional.grid_sample(x, self.flow(x).movedim(1, -1), align_corners=True)),
        flow=nn.Conv2d(8, 2, 3, padding=1),
        conv=nn.Conv2d(8, 4, 3),
    ),
    "a spatial transformer": Of(
        lambda self, x: self.conv(
            nn.functional.grid_sample(
                x,
                nn.functional.affine_grid(self.moves(x).view(-1, 2, 3), (1, 8, 4, 5), align_corners=False),
                align_corners=False,
            )
        ),
        moves=nn.Sequential(nn.Flatten(), nn.Linear(288, 6)),
        conv=nn.Conv2d(8, 4, 3),
    ),
    "a cell, step by step": Of(celled, read=nn.LSTMCell(8, 5), out=nn.Linear(5, 3)),
    "a cell with gates, and one without": Of(gated, read=nn.GRUCell(8, 5), out=nn.RNNCell(5, 5, bias=False)),
    "numbers near zero made zero": nn.Sequential(
        nn.Conv2d(8, 4, 3), nn.Softshrink(), nn.Hardshrink(), nn.Threshold(1, 0), nn.LogSigmoid(), nn.Conv2d(4, 2, 3)
    ),
    "products added to scaled ones": Of(
        lambda self, x: torch.baddbmm(x[:, 0], self.conv(x)[:, 0], x[:, 1, 1:5], beta=0.5, alpha=2),
        conv=nn.Conv2d(8, 1, (1, 3)),
    ),
    "a number that is the least": Of(
        lambda self, x: self.conv(torch.maximum(x, torch.tensor(0.5)).minimum(torch.tensor(2.0))),
        conv=nn.Conv2d(8, 4, 3),
    ),
    "states that begin with zeros": Of(
        lambda self, x: self.conv(torch.cat([x, x.new_zeros(len(x), 4, 6, 6) * x[:, :4].sigmoid()], 1)),
        conv=nn.Conv2d(12, 4, 3),
    ),
    "parts that are written into zeros": Of(written, conv=nn.Conv2d(8, 4, 1), out=nn.Conv2d(8, 3, 3)),
    "what nobody reads": Of(
        lambda self, x: (self.conv(x), self.other(x))[0], conv=nn.Conv2d(8, 4, 3), other=nn.Conv2d(8, 5, 3)
    ),
    "a root mean square": Of(
        lambda self, x: self.linear(self.norm(x.movedim(1, -1))), norm=nn.RMSNorm(8), linear=nn.Linear(8, 5)
    ),
    "a likeness": Of(
        lambda self, x: nn.functional.cosine_similarity(self.conv(x), self.conv(x.flip(2))), conv=nn.Conv2d(8, 4, 3)
    ),
    "a norm without a scale": nn.Sequential(nn.Conv2d(8, 4, 3), nn.BatchNorm2d(4, affine=False)),
    "a flattened map": nn.Sequential(nn.Flatten(), nn.Linear(8 * 36, 5)),
    "channels last, flattened": Of(
        lambda self, x: self.linear(x.permute(0, 2, 3, 1).flatten(1)), linear=nn.Linear(288, 5)
    ),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns(pattern):
    module = PATTERNS[pattern]
    network = convcost.from_torch(module, (1, 8, 6, 6))
    measured = measure(lambda: module, (8, 6, 6))
    found = convcost.analyze(network)
    assert (found.params, 2 * found.macs) == (measured["totals"]["params"], measured["totals"]["flop_counter_flops"])
    assert convcost.verify(network).agrees


def test_a_number_for_each_sample_is_an_input():
    """As the time in a diffusion model, [N]; counted by hand."""
    module = Of(lambda self, x, t: self.conv(x) + self.hour(t[:, None])[:, :, None, None], conv=nn.Conv2d(2, 4, 3))
    module.hour = nn.Linear(1, 4)
    found = convcost.analyze(convcost.from_torch(module, (2, 2, 6, 6), (2,)))
    assert (found.params, found.macs) == (4 * 2 * 9 + 4 + 4 + 4, 4 * 2 * 9 * 16 + 4)


def test_products_of_two_inputs_and_a_weight():
    """torch's counter does not see them: for each output, 8 numbers times their weights for 6 sums, and those by 6."""
    module = Of(lambda self, x, y: self.both(x.mean((2, 3)), y), both=nn.Bilinear(8, 6, 4))
    found = convcost.analyze(convcost.from_torch(module, (1, 8, 5, 5), (1, 6)))
    assert (found.params, found.macs) == (4 * 8 * 6 + 4, 4 * 8 * 6 + 4 * 6)


def test_a_module_stays_as_it_was():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    convcost.from_torch(module, torch.zeros(2, 3, 8, 8))
    assert module.training
    assert module[1].training
    assert module[1].num_batches_tracked == 0


def test_a_module_that_torch_refuses():
    with pytest.raises(convcost.UsageError, match="torch can't export `Of`"):
        convcost.from_torch(Of(lambda self, x: x if x.sum() > 0 else -x), (1, 3, 8, 8))


def embedded(self, x):
    return x + self.out(self.read(self.places).relu()).T.reshape(1, 8, 6, 6)


CONSTANT_PRODUCTS = {
    "a table worked out from places": (
        Of(embedded, read=nn.Linear(2, 16), out=nn.Linear(16, 8), places=nn.Buffer(torch.ones(36, 2))),
        36 * (2 * 16 + 16 * 8),
    ),
    "a table that goes through a convolution": (
        Of(
            lambda self, x: x + self.conv(self.places),
            conv=nn.Conv2d(2, 8, 3),
            places=nn.Buffer(torch.ones(1, 2, 8, 8)),
        ),
        36 * 18 * 8,
    ),
    "a table that goes through a transposed convolution": (
        Of(
            lambda self, x: x + self.conv(self.places),
            conv=nn.ConvTranspose2d(2, 8, 2, 2),
            places=nn.Buffer(torch.ones(1, 2, 3, 3)),
        ),
        9 * 2 * 8 * 4,
    ),
    "letters": (
        Of(
            lambda self, x: x + torch.einsum("ij,kj->ik", self.a.weight, self.b).reshape(8, 6, 6),
            a=nn.Linear(3, 8, bias=False),
            b=nn.Buffer(torch.ones(36, 3)),
        ),
        8 * 36 * 3,
    ),
}


@pytest.mark.parametrize("name", CONSTANT_PRODUCTS)
def test_products_of_constants_are_said(name):
    """torch computes them anew in each run, for all samples at once."""
    module, macs = CONSTANT_PRODUCTS[name]
    measured = measure(lambda: module, (8, 6, 6))["totals"]
    network = convcost.from_torch(module, (1, 8, 6, 6))
    found = convcost.analyze(network)
    assert f" {macs:,} MACs, not counted" in network.notes[0].text
    assert (found.params, 2 * (found.macs + macs)) == (measured["params"], measured["flop_counter_flops"])


class Moved(nn.Module):
    """A deformable convolution, with masks or without, whose offsets are other layers'."""

    def __init__(self, masked):
        super().__init__()
        self.offsets = nn.Conv2d(8, 18, 3, padding=1)
        self.masks = nn.Conv2d(8, 9, 3, padding=1) if masked else None
        self.conv = torchvision.ops.DeformConv2d(8, 4, 3, padding=1, bias=masked)

    def forward(self, x):
        return self.conv(x, self.offsets(x), self.masks(x).sigmoid() if self.masks else None)


@pytest.mark.parametrize(
    ("masked", "params", "macs"), [(False, 1314 + 288, 36 * (18 + 4) * 72), (True, 1971 + 292, 36 * 31 * 72)]
)
def test_a_deformable_convolution_reads_its_offsets(masked, params, macs):
    """torch's counter does not know torchvision's operator: 36 positions of 72 products for each output channel."""
    network = convcost.from_torch(Moved(masked), (1, 8, 6, 6))
    found = convcost.analyze(network)
    assert (found.params, found.macs) == (params, macs)
    assert network.layers[-1].kind == "deformable_conv"
    assert convcost.verify(network).agrees


def test_a_response_is_one_layer():
    module = nn.Sequential(nn.Conv2d(8, 4, 3), nn.LocalResponseNorm(5))
    layers = convcost.from_torch(module, (1, 8, 6, 6)).layers
    assert [layer.kind for layer in layers] == ["conv", "local_response_norm"]
    assert layers[1].operator.size == 5


def test_samples_that_are_not_first_are_refused():
    """Attention is along the first axis there, where the samples of a batch are."""
    layer = nn.TransformerEncoderLayer(8, 2, 16)
    with pytest.raises(convcost.SpecError, match="numbers of one sample with those of others"):
        convcost.from_torch(layer, (16, 1, 8))


def test_parameters_are_held_once():
    """A part of a kernel that two layers have: no layer holds the numbers of one of them."""
    kernel = nn.Conv2d(8, 4, 3, bias=False)
    module = Of(
        lambda self, x: nn.functional.conv2d(x, self.conv.weight[:3]) + nn.functional.conv2d(x, self.conv.weight[1:]),
        conv=kernel,
    )
    with pytest.raises(convcost.SpecError, match="its nodes read 288 parameters, and the layers made of them hold 432"):
        convcost.from_torch(module, (1, 8, 6, 6))


def test_what_has_no_operator_is_named():
    with pytest.raises(convcost.SpecError, match="fft_fft"):
        convcost.from_torch(Of(lambda self, x: torch.fft.fft(x).real), (1, 3, 8, 8))


NETS = """
from torch import nn

def make(width=4, bias=True):
    return nn.Sequential(nn.Conv2d(3, int(8 * width), 3, bias=bias), nn.ReLU())

def two(a, b): return a + b

def named(kind):
    return make({"wide": 2, "narrow": 1}[kind])

class Two(nn.Module):
    def forward(self, a, b):
        return a + b

READY = make(1)
NUMBER = 3
def raises(): raise RuntimeError("no weights here\\nnor here")
def leaves(): raise SystemExit(3)
def on_gpu(): return make().to("cuda:7")

def prints():
    print("making it")
    return make(1)

class Forks(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x
"""


@pytest.fixture
def nets(tmp_path, monkeypatch):
    (tmp_path / "nets.py").write_text(NETS)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "macs"),
    [
        (["nets.py:make", "--shape", "3x6x6"], 27 * 32 * 16),
        (["nets.py:make", "--shape", "3x6x6", "--arg", "width=0.5", "--arg", "bias=false"], 27 * 4 * 16),
        (["nets.py:READY", "--shape", "3x6x6"], 27 * 8 * 16),
        (["nets.py:Two", "--shape", "b=3x6x6", "--shape", "a=3x6x6"], 0),
        (["nets.py:named", "--shape", "3x6x6", "--arg", "kind='wide'"], 27 * 16 * 16),
        (["torchvision.models:resnet18", "--shape", "3x224x224"], 1814073344),
    ],
)
def test_modules_named_in_the_terminal(run, nets, words, macs):
    code, out, err = run("analyze", *words, "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["totals"]["macs"] == macs


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nets.py:mak", "--shape", "3x6x6"], "`nets.py` has no `mak`\n  = help: did you mean `make`?"),
        (["nets.py:make"], "`nets.py:make` needs the shape of its input"),
        (["nets.py:make", "--shape", "3x6x"], "--shape can't be `3x6x`"),
        (["nets.py:make", "--shape", "3x6x6", "--arg", "depth=2"], "can't be called with (depth=2): TypeError"),
        (["nets.py:make", "--shape", "4x6x6"], "torch can't export `nets.py:make`"),
        (["nets.py:READY", "--shape", "3x6x6", "--arg", "width=2"], "is a module already"),
        (["nets.py:NUMBER", "--shape", "3x6x6"], "`nets.py:NUMBER` is int"),
        (["nets.py:raises", "--shape", "3x6x6"], "no weights here"),
        (["nets.py:leaves", "--shape", "3x6x6"], "can't be called with (): SystemExit: 3"),
        (["nets.py:on_gpu", "--shape", "3x6x6"], "`nets.py:on_gpu` "),
        (
            ["nets.py:Two", "--shape", "3x6x6"],
            "argument: 'b'\n  = help: it takes a, b: --shape once for each",
        ),
        (["nets.py:Forks", "--shape", "3x6x6"], "torch can't export `nets.py:Forks`: Could not guard"),
        (["nets:make"], "a PyTorch module is named as `package.module:name` or `file.py:name`; try `nets.py:make`"),
        (["timm:create_model", "--shape", "3x8x8"], "; try `timm.models:create_model`"),
        (["torchvision.models.resnet18"], "a PyTorch module is named as `package.module:name` or `file.py:name`"),
        (["no.py:make", "--shape", "3x6x6"], "can't import `no.py`: FileNotFoundError"),
        (["a.module:make", "--shape", "3x6x6"], "can't import `a.module`: ModuleNotFoundError"),
        (["lenet5", "--shape", "3x6x6"], "--shape goes with a PyTorch module, and none is named"),
    ],
)
def test_what_is_wrong_with_a_name(run, nets, words, message):
    code, out, err = run("analyze", *words)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert len(err.splitlines()) <= 2


def test_an_argument_that_is_no_number(run, nets):
    code, out, err = run("analyze", "nets.py:named", "--shape", "3x6x6", "--arg", "kind=wide")
    assert (code, out) == (2, "")
    assert "--arg:1:6: error: unknown name `wide`" in err
    assert "numbers, true and false are read as they stand, a text in quotes: --arg \"kind='text'\"" in err


def test_what_a_module_prints_is_no_result(run, nets):
    code, out, err = run("analyze", "nets.py:prints", "--shape", "3x6x6", "--format", "json")
    assert (code, err) == (0, "making it\n")
    assert json.loads(out)["totals"]["macs"] == 27 * 8 * 16


def test_budgets_of_modules(run, nets):
    words = ["check", "torchvision.models:resnet18", "--shape", "3x224x224", "--fail-if"]
    assert run(*words, "macs > 1.9 G")[0] == 0
    code, out, _ = run(*words, "macs > 1.8 G")
    assert code == 1
    assert "torchvision.models:resnet18:1:1: error[E107 over-budget]: `resnet18` has 1,814,073,344 macs" in out


def test_modules_in_a_lock_file(run, nets):
    narrow = ["nets.py:make", "--shape", "3x6x6", "--arg", "width=0.5"]
    assert "1 new (nets.py:make --shape 3x6x6 --arg width=0.5)" in run("lock", *narrow)[1]
    both = ["nets.py:Two", "--shape", "a=3x6x6", "--shape", "b=3x6x6"]
    assert f"1 new ({' '.join(both)})" in run("lock", *both)[1]
    assert run("check", *narrow, "--locked")[0] == 0
    code, out, _ = run("check", *narrow[:3], "--locked")
    assert code == 1
    assert "`convcost lock nets.py:make --shape 3x6x6 -o convcost.lock` takes it in" in out
    Path("nets.py").write_text(NETS.replace("8 * width", "6 * width"))
    code, out, _ = run("check", *narrow, "--locked")
    assert code == 1
    assert "E201" in out


def test_modules_of_a_lock_file_are_imported_where_they_are_named(run, nets):
    run("lock", "nets.py:make", "--shape", "3x6x6")
    run("lock", "lenet5")
    before = Path("convcost.lock").read_text()
    Path("nets.py").write_text("raise RuntimeError")
    code, out, err = run("check", "--locked")
    assert (code, out) == (0, "1 file checked: nothing found\n")
    assert "must be named: convcost check nets.py:make --shape 3x6x6 --locked" in err
    assert run("lock")[0] == 0
    assert Path("convcost.lock").read_text() == before
    Path("nets.py").unlink()
    code, out, _ = run("check", "--locked")
    assert code == 1
    assert "E203 locked-and-gone]: `nets.py:make --shape 3x6x6` (2 layers" in out


def test_commands_take_modules(run, nets):
    shape = ["--shape", "3x224x224"]
    code, out, _ = run("diff", "torchvision.models:resnet18", "resnet18", *shape)
    assert code == 0
    assert "no layer changed; 1,814,073,344 MACs, 11,689,512 params" in out
    code, out, _ = run("formula", "torchvision.models:resnet18", *shape)
    assert "macs(N, H, W) = N*(9408*ceil(H/2)*ceil(W/2) + " in out
    assert run("verify", "nets.py:make", "--shape", "3x6x6")[0] == 0
    words = ["torchvision.models:resnet18", "--shape", "3xHxW", "--over", "H=224,448", "--over", "W=224"]
    assert f"448,224,{2 * 1814073344 - 512000}," in run("sweep", *words, "--format", "csv")[1]


def test_open_sizes_are_symbols(run):
    sizes = ({2: torch.export.Dim("H", min=33), 3: torch.export.Dim("W", min=33)},)
    network = convcost.from_torch(torchvision.models.resnet18(), (1, 3, 224, 224), dynamic_shapes=sizes)
    assert convcost.analyze(network).macs == 1814073344
    shape = ["--shape", "3xHxW"]
    code, out, _ = run("analyze", "torchvision.models:resnet18", *shape, "--set", "H=448", "--set", "W=224")
    assert code == 0
    # A map of twice the size takes twice the multiplies, but for the classifier's 512,000.
    assert f"{2 * 1814073344 - 512000:,}" in out
    assert run("formula", "torchvision.models:shufflenet_v2_x1_0", *shape)[0] == 0


def test_numbers_picked_from_a_table(run):
    """Swin's relative positions: 169 numbers for each head, at every pair of 49 positions."""
    found = convcost.analyze(convcost.from_torch(torchvision.models.swin_t(), (1, 3, 224, 224)))
    assert found.params == 28288354  # torchvision's documentation


def test_a_parameter_with_two_names_is_one():
    """A weight that is tied to another layer's counts once, and neither name is left over."""
    module = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 16))
    module[2].weight = module[0].weight
    network = convcost.from_torch(module, torch.zeros(1, 16))
    assert (network.notes, convcost.analyze(network).params) == ((), 16 * 16 + 2 * 16)


@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
def test_parameters_that_nothing_reads_are_said(run):
    """GoogLeNet's auxiliary classifiers run in training alone."""
    auxiliary = sum(p.numel() for name, p in torchvision.models.googlenet().named_parameters() if name[:3] == "aux")
    code, out, _ = run("analyze", "torchvision.models:googlenet", "--shape", "3x224x224", columns=200)
    assert code == 0
    assert f"{auxiliary:,} parameters of the module, of `aux1`, `aux2`, are in no layer" in out


@pytest.mark.parametrize(
    "does",
    [
        lambda self, x: x - x.mean(),
        lambda self, x: x * x.sum(),
        lambda self, x: x - x.max(),
        lambda self, x: x.clamp(min=torch.zeros(3, 1, 1)),
        lambda self, x: x.std(),
        lambda self, x: x.split(x.shape[1] // 3, 1)[0],
        lambda self, x: x.norm() * x,
        lambda self, x: x.median(),
        lambda self, x: x.sort(1)[0],
    ],
)
def test_what_has_other_arguments_is_read_or_refused(does):
    with contextlib.suppress(convcost.SpecError):
        assert convcost.analyze(convcost.from_torch(Of(does), (1, 3, 6, 6))).macs == 0
