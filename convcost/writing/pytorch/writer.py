"""The steps of a class -> its source: what `__init__` makes, and what `forward` calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from convcost.writing.pytorch.activations import ACTIVATIONS
from convcost.writing.pytorch.differs import Unsaid
from convcost.writing.pytorch.forward import Forward, Statement
from convcost.writing.pytorch.layout import fitted
from convcost.writing.pytorch.modules import listed, texts, together
from convcost.writing.pytorch.names import identifier
from convcost.writing.pytorch.parameters import NO_VALUE, Parameter, literal
from convcost.writing.pytorch.place import Place
from convcost.writing.pytorch.tensors import Path, Step, Variable
from convcost.writing.pytorch.widths import with_widths

_HEADS = {"conv", "conv_transpose", "depthwise_conv", "linear", "batch_norm"}
_FOLLOWERS = {*ACTIVATIONS, "batch_norm", "dropout", "group_norm", "prelu"}
_SHORT = 80


class Writer:
    """Writes one class."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.init: list[str] = []
        self.statements: list[Statement] = []
        self.inline: dict[int, Statement] = {}
        self.condition = ""
        """That of the step whose branches are written."""

    def write(self, name: str, says: str, steps: list[Step], given: list[Variable], results: list[Variable]) -> str:
        """Return the source of the class."""
        for variable in results:
            variable.readers += 1
        _overwrite(steps)
        named = self.place.block is None and any(step.is_named for step in steps)
        if not named and len(given) == len(results) == 1 and steps and is_chain(steps, given[0], results[0]):
            body, base = self._sequential(steps)
        else:
            base = "nn.Module"
            self._emit(steps)
            forward = Forward(self.statements, self.inline, results).lines(given)
            kept = [f"self.{attribute} = {text}" for attribute, text in self.place.attributes.items()]
            inits = [*kept, *self.init]
            body = [*self._signature(inits, "super().__init__()"), "", *forward] if inits else forward
        said = [f"    {line}".rstrip() for line in f'"""{says}"""'.split("\n")] + [""] if says else []
        lines = [line for line in body for line in fitted(self.place.file.pairs.joined(line))]
        return "\n".join([f"class {name}({base}):", *said, *lines])

    def _signature(self, inits: Iterable[str], first: str = "") -> list[str]:
        parameters = self.place.parameters()
        words = ["self", *(_annotated(parameter) for parameter in parameters)]
        locals_ = [
            f"{self.place.names[name]} = {self.place.python.text(expr, self.place.python.kind(expr))}"
            for name, expr in self.place.locals.items()
        ]
        inits = map(self.place.choices.named, inits)
        lines = [*([first] if first else []), *locals_, *self.place.choices.lines(), *inits]
        lines = with_widths(lines, self.place.wishes)
        return [f"    def __init__({', '.join(words)}) -> None:", *(f"        {line}" for line in lines)]

    # Modules.

    def _sequential(self, steps: list[Step]) -> tuple[list[str], str]:
        """A constructor, and of which class the class is: of that of its only module, if that is one of the file's."""
        if len(steps) == 1 and steps[0].call and not steps[0].condition and not steps[0].table:
            (text,), base = texts(steps), steps[0].call.written.name
            if text.startswith(f"{base}("):
                return self._signature([f"super().__init__{text.removeprefix(base)}"]), base
        if any(step.condition or step.table for step in steps):
            made = listed("layers", steps)
            return self._signature([*made, "super().__init__(*layers)"]), "nn.Sequential"
        return self._signature([f"super().__init__({', '.join(texts(steps))})"]), "nn.Sequential"

    def _module(self, steps: Sequence[Step], wish: str) -> str:
        """The source of a chain of steps as one module."""
        conditions = {step.condition for step in steps}
        has_tables = any(step.table for step in steps)
        if conditions == {""} and not has_tables:
            return together(steps)
        if len(conditions) == 1 and len(steps) == 1 and not has_tables:
            return f"{together(steps)} if {steps[0].condition} else nn.Identity()"
        parts = identifier(wish, {*self.place.names.values(), "layers"})
        self.init += listed(parts, steps)
        return f"nn.Sequential(*{parts})"

    # Statements.

    def _emit(self, steps: Sequence[Step]) -> None:
        start = 0
        while start < len(steps):
            group = [*_group(steps[start:])]
            start += len(group)
            self._step(group)

    def _step(self, group: Sequence[Step]) -> None:
        first, last = group[0], group[-1]
        outer, self.condition = self.condition, first.condition or self.condition
        for path in first.paths:
            self._path(path)
        self.condition = outer
        inputs = list(first.inputs)
        if first.function is not None and len(group) == 1 and (first.modules is None or first.kind not in _HEADS):
            render = first.function
        else:
            if first.owner is not None:
                attribute = first.owner.attribute
            else:
                attribute = self.place.attribute(first.name)
                self._make([_without_flatten(first), *group[1:]], attribute)
            for step in group:
                step.attribute = attribute
            flat = not first.count and (group[0].modules or ("",))[0] == "nn.Flatten()"
            if first.count:
                self.statements.append(Statement(last.outputs, inputs, ", ".join, attribute))
                return

            def render(xs: Sequence[str]) -> str:
                return f"self.{attribute}({xs[0]}.flatten(1))" if flat else f"self.{attribute}({', '.join(xs)})"

        self._statement(first, last, inputs, render)

    def _make(self, group: Sequence[Step], attribute: str) -> None:
        first = group[0]
        if first.count:
            assert first.modules
            self.init.append(
                f"self.{attribute} = nn.ModuleList({first.modules[0]} for {first.turn} in range({first.count}))"
            )
        else:
            self._set(attribute, group, first.name, first.condition)

    def _set(self, attribute: str, steps: Sequence[Step], name: str, condition: str) -> None:
        """Let an attribute be a chain of steps; nothing is done where their condition, if they have one, is not so."""
        inner = {step.condition for step in steps}
        if any(step.table for step in steps):
            text = self._module(steps, name)
        elif inner == {condition} or (condition and inner == {""}):
            text = together(steps)
        elif len(inner) == 1:
            condition = next(iter(inner)) if not condition else f"{condition} and ({next(iter(inner))})"
            text = together(steps)
        elif condition:
            raise Unsaid
        else:
            text = self._module(steps, name)
        line = f"self.{attribute} = {text}"
        if not condition:
            self.init.append(line)
        elif len(line) + len(condition) < _SHORT:
            self.init.append(f"{line} if {condition} else nn.Identity()")
        else:
            self.init += [f"self.{attribute}: nn.Module = nn.Identity()", f"if {condition}:", f"    {line}"]

    def _statement(
        self, first: Step, last: Step, inputs: list[Variable], render: Callable[[Sequence[str]], str]
    ) -> None:
        """Add the line that calls a module or a function, under its condition if it has one."""
        conditional = [n for n, path in enumerate(first.paths) if path.condition]
        if conditional:
            if len(first.paths) != 2 or len(conditional) != 1:
                raise Unsaid
            flag = self._flag(first.paths[conditional[0]].name, first.paths[conditional[0]].condition)
            other = 1 - conditional[0]
            own = render
            render = lambda xs: f"{own(xs)} if self.{flag} else {xs[other]}"  # noqa: E731
            if id(inputs[other]) in self.inline:  # it stands there twice
                self.statements.append(self.inline.pop(id(inputs[other])))
        elif first.condition and first.otherwise != first.inputs:
            flag = self._flag(first.name, first.condition)
            unconditional = render
            many = len(inputs)
            inputs = [*inputs, *first.otherwise]
            render = lambda xs: f"{unconditional(xs[:many])} if self.{flag} else {xs[many]}"  # noqa: E731
        elif first.condition and first.function is not None and render is first.function:
            flag = self._flag(first.name, first.condition)
            own = render
            render = lambda xs: f"{own(xs)} if self.{flag} else {xs[0]}"  # noqa: E731
        self.statements.append(Statement(last.outputs, inputs, render))

    def _flag(self, name: str, condition: str) -> str:
        known = next((one for one, text in self.place.attributes.items() if text == condition), None)
        if known is None:
            known = self.place.attribute(condition if condition.isidentifier() else f"has_{identifier(name)}")
            self.place.attributes[known] = condition
        return known

    def _path(self, path: Path) -> None:
        """A branch: a module that stands where its end is read, or lines of their own."""
        if not path.steps:
            return None
        if path.given is None or not is_chain(path.steps, path.given, path.end) or path.end.readers != 1:
            if self.condition:
                raise Unsaid
            return self._emit(path.steps)
        if len(path.steps) == 1 and path.steps[0].function is not None and not path.steps[0].condition:
            self.inline[id(path.end)] = Statement([path.end], [path.given], path.steps[0].function)
            return None
        attribute = self.place.attribute(path.name)
        self._set(attribute, path.steps, path.name, path.condition or self.condition)
        self.inline[id(path.end)] = Statement([path.end], [path.given], lambda xs: f"self.{attribute}({xs[0]})")
        return None


def _without_flatten(step: Step) -> Step:
    """A linear layer alone: its input is made a vector where it is called."""
    is_flat = step.modules is not None and len(step.modules) > 1 and step.modules[0] == "nn.Flatten()"
    return replace(step, modules=step.modules[1:]) if is_flat and step.modules else step


def is_chain(steps: Sequence[Step], given: Variable, end: Variable) -> bool:
    """Return whether each step is a module that reads the one before, and nothing else does."""
    current = given
    for n, step in enumerate(steps):
        fits = step.modules is not None and not (step.is_alone or step.count or step.paths)
        fits = fits and step.inputs == [current] and step.otherwise in ([], [current]) and len(step.outputs) == 1
        if not fits or (n and current.readers != 1):
            return False
        current = step.outputs[0]
    return current is end


def _group(steps: Sequence[Step]) -> Iterator[Step]:
    """A convolution and what follows it without a name of its own, or one step."""
    first = steps[0]
    yield first
    if first.kind not in _HEADS or first.modules is None or first.is_alone or first.condition:
        return
    current = first.outputs[0]
    for step in steps[1:]:
        follows = step.kind in _FOLLOWERS and step.modules is not None and not step.is_named and not step.condition
        if not follows or step.inputs != [current] or current.readers != 1:
            return
        yield step
        current = step.outputs[0]


def _overwrite(steps: Iterable[Step]) -> None:
    """Let activations overwrite what they read, where nothing else needs it."""
    for step in steps:
        if step.over and step.inputs[0].is_fresh and step.inputs[0].readers == 1:
            step.modules, step.function = step.over[0], step.over[1]
        for path in step.paths:
            _overwrite(path.steps)


def _annotated(parameter: Parameter) -> str:
    default = "" if parameter.default is NO_VALUE else f" = {_default(parameter)}"
    return f"{parameter.name}: {parameter.kind}{default}"


def _default(parameter: Parameter) -> str:
    is_float = parameter.kind == "float" and type(parameter.default) is int
    return literal(parameter.default) + (".0" if is_float else "")
