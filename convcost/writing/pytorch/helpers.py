"""What PyTorch has no module for, as source: classes and functions that are written where they are needed."""

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
    "dot_products": '''
def dot_products(x: Tensor, y: Tensor, groups: int = 1) -> Tensor:
    """Return, at every position of x, its products with all positions of y, group by group."""
    left = y.reshape(len(y), groups, -1, y.shape[2:].numel()).transpose(2, 3)
    return (left @ x.reshape(len(x), groups, -1, x.shape[2:].numel())).reshape(len(x), -1, *x.shape[2:])
''',
    "weighted_sums": '''
def weighted_sums(x: Tensor, y: Tensor, groups: int = 1) -> Tensor:
    """Return, at every position of x, the sum of all positions of y with the channels of x as weights."""
    left = y.reshape(len(y), groups, -1, y.shape[2:].numel())
    return (left @ x.reshape(len(x), groups, -1, x.shape[2:].numel())).reshape(len(x), -1, *x.shape[2:])
''',
    "ClassToken": '''
class ClassToken(nn.Module):
    """Trained tokens before the first position."""

    def __init__(self, channels: int, count: int = 1) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, channels, count))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.token.expand(len(x), -1, -1), x], 2)
''',
    "Lstm": '''
class Lstm(nn.LSTM):
    """An LSTM along the positions of a sequence, channels first."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x.permute(2, 0, 1))[0].permute(1, 2, 0)
''',
    "Gru": '''
class Gru(nn.GRU):
    """A GRU along the positions of a sequence, channels first."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x.permute(2, 0, 1))[0].permute(1, 2, 0)
''',
    "SelfAttention": '''
class SelfAttention(nn.Module):
    """Multi-head attention with all positions of a map as tokens."""

    def __init__(self, channels: int, heads: int, bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(channels, channels, bias)
        self.key = nn.Linear(channels, channels, bias)
        self.value = nn.Linear(channels, channels, bias)
        self.out = nn.Linear(channels, channels, bias)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        query, key, value = (
            torch.unflatten(layer(tokens), 2, (self.heads, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        weights = (query / query.shape[-1] ** 0.5 @ key.transpose(2, 3)).softmax(3)
        y: Tensor = self.out((weights @ value).transpose(1, 2).flatten(2))
        return torch.unflatten(y.transpose(1, 2), 2, x.shape[2:])
''',
    "Attention": '''
class Attention(nn.Module):
    """Multi-head attention with all positions of a map as tokens, or of it to a second map."""

    def __init__(
        self,
        channels: int,
        heads: int,
        key: int | None = None,
        value: int | None = None,
        out: int | None = None,
        source: int | None = None,
        bias: bool = True,
        out_bias: bool | None = None,
        project: bool = True,
    ) -> None:
        super().__init__()
        key, value = key or channels // heads, value or channels // heads
        self.heads = heads
        self.query = nn.Linear(channels, heads * key, bias)
        self.key = nn.Linear(source or channels, heads * key, bias)
        self.value = nn.Linear(source or channels, heads * value, bias)
        out_bias = bias if out_bias is None else out_bias
        self.out = nn.Linear(heads * value, out or channels, out_bias) if project else nn.Identity()

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        return query @ key.transpose(2, 3)

    def forward(self, x: Tensor, source: Tensor | None = None) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        read = tokens if source is None else source.flatten(2).transpose(1, 2)
        query, key, value = (
            torch.unflatten(rows, 2, (self.heads, -1)).transpose(1, 2)
            for rows in (self.query(tokens), self.key(read), self.value(read))
        )
        weights = self.scores(query / query.shape[-1] ** 0.5, key).softmax(3)
        y: Tensor = self.out((weights @ value).transpose(1, 2).flatten(2))
        return torch.unflatten(y.transpose(1, 2), 2, x.shape[2:])
''',
    "RelativeAttention": '''
class RelativeAttention(Attention):
    """Multi-head attention that adds to each score what depends on the distance along each axis."""

    def __init__(self, channels: int, heads: int, size: tuple[int, ...], key: int | None = None, **rest: Any) -> None:
        super().__init__(channels, heads, key, **rest)
        key = key or channels // heads
        self.size = size
        self.relative = nn.ParameterList(torch.randn(2 * n - 1, key) * key**-0.5 for n in size)

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        total = super().scores(query, key)
        for axis, (n, vectors) in enumerate(zip(self.size, self.relative, strict=True)):
            said = torch.unflatten(query @ vectors.T, 2, self.size).movedim(2 + axis, 0)
            seen = torch.stack([row[..., n - 1 - i : 2 * n - 1 - i] for i, row in enumerate(said)], 2 + axis)
            spread = [n if i == axis else 1 for i in range(len(self.size))]
            seen = seen.reshape(*query.shape[:2], query.shape[2], *spread)
            total = total + seen.expand(*query.shape[:3], *self.size).flatten(3)
        return total
''',
    "WindowAttention": '''
class WindowAttention(Attention):
    """Multi-head attention within windows of a map, each by itself."""

    def __init__(self, channels: int, heads: int, window: tuple[int, ...], **rest: Any) -> None:
        super().__init__(channels, heads, **rest)
        self.window = window

    def forward(self, x: Tensor, source: Tensor | None = None) -> Tensor:
        rank, cut = len(self.window), x
        for axis, n in enumerate(self.window):
            cut = torch.unflatten(cut, 2 + 2 * axis, (-1, n))
        windows = cut.permute(0, *range(2, 2 + 2 * rank, 2), 1, *range(3, 3 + 2 * rank, 2))
        y = torch.unflatten(super().forward(windows.flatten(0, rank)), 0, windows.shape[: rank + 1])
        back = [axis for n in range(rank) for axis in (1 + n, rank + 2 + n)]
        return y.permute(0, rank + 1, *back).reshape(len(x), -1, *x.shape[2:])
''',
}

NEEDS = {"RelativeAttention": ("Attention",), "WindowAttention": ("Attention",)}
"""What a helper is made of."""
