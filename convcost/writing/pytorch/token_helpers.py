"""What PyTorch has no module for of what works on tokens, as source: products of positions, recurrence, attention."""

TOKEN_HELPERS = {
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
