"""What PyTorch has no module for, as source: classes and functions that are written where they are needed."""

from convcost.writing.pytorch.token_helpers import TOKEN_HELPERS

HELPERS = {
    "make_divisible": '''
def make_divisible(x: float, divisor: int) -> int:
    """Return the multiple of `divisor` nearest to x, at least one of it, and never more than 10 % below x."""
    multiple = max(divisor, int(x + divisor / 2) // divisor * divisor)
    return multiple + divisor if multiple < 0.9 * x else multiple
''',
    "crop": '''
def crop(x: Tensor, size: Sequence[int]) -> Tensor:
    """Return the middle of x, of this size."""
    for axis, n in enumerate(size, 2):
        x = x.narrow(axis, (x.shape[axis] - n) // 2, n)
    return x
''',
    "reshape": '''
def reshape(x: Tensor, *shape: int) -> Tensor:
    """Return the numbers of each sample in another shape."""
    return x.reshape(len(x), *shape)
''',
    "by_index": '''
def by_index(conv: nn.Conv1d | nn.Conv2d | nn.Conv3d) -> nn.Module:
    """Return a convolution whose weights are the indices of the channels, 0, 1, 2, ..., and are not trained."""
    with torch.no_grad():
        conv.weight.copy_(torch.arange(conv.weight.shape[1]).reshape(-1, *(1 for _ in conv.kernel_size)))
    return conv.requires_grad_(False)
''',
    "fixed": '''
def fixed(module: nn.Module) -> nn.Module:
    """Return a module whose numbers are no parameters, but buffers."""
    for name, numbers in [*module.named_parameters(recurse=False)]:
        delattr(module, name)
        module.register_buffer(name, numbers.detach())
    return module
''',
    "ChannelLayerNorm": '''
class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels at each position."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "ChannelRMSNorm": '''
class ChannelRMSNorm(nn.RMSNorm):
    """Normalisation of the channels at each position by their root mean square."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "Scale": '''
class Scale(nn.Module):
    """Every number times a trained one."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight
''',
    "Shift": '''
class Shift(nn.Module):
    """Every number plus a trained one."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(shape))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias
''',
    "Append": '''
class Append(nn.Module):
    """Trained numbers behind a map along an axis, or before it."""

    def __init__(self, *shape: int, dim: int = 1, before: bool = False) -> None:
        super().__init__()
        self.held = nn.Parameter(torch.zeros(1, *shape))
        self.dim, self.before = dim, before

    def forward(self, x: Tensor) -> Tensor:
        held = self.held.expand(len(x), *self.held.shape[1:])
        return torch.cat([held, x] if self.before else [x, held], self.dim)
''',
    "Swish": '''
class Swish(nn.Module):
    """x * sigmoid(beta * x), with a trained beta."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.ones(shape))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.beta * x)
''',
    "BlurPool": '''
class BlurPool(nn.Module):
    """Each channel blurred by a fixed binomial kernel, its border reflected, and subsampled."""

    weight: Tensor

    def __init__(self, channels: int, kernel: tuple[int, int], stride: tuple[int, int]) -> None:
        super().__init__()
        rows = [torch.tensor([math.comb(k - 1, n) / 2 ** (k - 1) for n in range(k)]) for k in kernel]
        self.register_buffer("weight", torch.outer(*rows).repeat(channels, 1, 1, 1))
        self.sides = [side for k in reversed(kernel) for side in ((k - 1) // 2, k // 2)]
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.sides, "reflect")
        return F.conv2d(x, self.weight, stride=self.stride, groups=len(self.weight))
''',
    "DeformableConv": '''
class DeformableConv(nn.Module):
    """A convolution of taps that another one moves, and weighs if it is `modulated`; or they are `given` so."""

    def __init__(
        self,
        channels: int,
        out: int,
        kernel: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        deform_groups: int = 1,
        modulated: bool = False,
        bias: bool = True,
        given: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, dilation, groups, bias)
        self.parts = (deform_groups, 3 if modulated else 2, math.prod(self.conv.kernel_size))
        self.moves: nn.Module | None = None
        if not given:
            self.moves = nn.Conv2d(channels, math.prod(self.parts), kernel, stride, padding, dilation, bias=bias)

    def forward(self, x: Tensor, *given: Tensor) -> Tensor:
        conv, (groups, _, taps), (height, width) = self.conv, self.parts, x.shape[2:]
        moves = torch.cat(given, 1) if self.moves is None else self.moves(x)
        size, count = moves.shape[2:], 2 * groups * taps
        top, left = (int(n) for n in conv.padding)
        rows, columns = torch.arange(-top, height + top), torch.arange(-left, width + left)
        around = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None].to(x)
        places = F.unfold(around, conv.kernel_size, conv.dilation, 0, conv.stride).reshape(2, taps, *size)
        places = places + torch.unflatten(moves[:, :count], 1, (groups, taps, 2)).transpose(2, 3)
        places = (2 * places.flip(2) + 1) / x.new_tensor([width, height])[:, None, None, None] - 1
        places = places.flatten(0, 1).movedim(1, -1).flatten(1, 2)
        maps = x.reshape(len(x) * groups, -1, height, width)
        read = F.grid_sample(maps, places, align_corners=False).reshape(len(x), groups, -1, taps, size.numel())
        if self.parts[1] == 3:
            read = read * moves[:, count:].reshape(len(x), groups, 1, taps, -1)
        read = read.reshape(len(x), conv.groups, -1, size.numel())
        y = (conv.weight.reshape(conv.groups, -1, read.shape[2]) @ read).reshape(len(x), -1, *size)
        return y if conv.bias is None else y + conv.bias[:, None, None]
''',
    "LocallyConnected": '''
class LocallyConnected(nn.Module):
    """A convolution with filters of its own at every position; `size` is that of its output."""

    def __init__(
        self,
        channels: int,
        out: int,
        size: tuple[int, int],
        kernel: tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        fan_in, positions = channels * math.prod(kernel), math.prod(size)
        self.weight = nn.Parameter(torch.randn(out, fan_in, positions) / fan_in**0.5)
        self.bias = nn.Parameter(torch.zeros(out, positions)) if bias else None
        self.unfold = nn.Unfold(kernel, padding=padding, stride=stride)
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        y = torch.einsum("bip,oip->bop", self.unfold(x), self.weight)
        return torch.unflatten(y if self.bias is None else y + self.bias, 2, self.size)
''',
    **TOKEN_HELPERS,
}
