"""A list of layers, as it is in all uses of a class -> steps in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from convcost.language.items import Item
from convcost.language.parts import PATH
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.ops.base import Shape
from convcost.writing.pytorch.applications import Applications
from convcost.writing.pytorch.calls import Times
from convcost.writing.pytorch.differs import Differs, Unsaid
from convcost.writing.pytorch.expressions import Expr, alike, constant, either, read, replaced
from convcost.writing.pytorch.loops import Loop
from convcost.writing.pytorch.place import Place
from convcost.writing.pytorch.tables import runs, table_of
from convcost.writing.pytorch.tensors import Path, Step, Variable
from convcost.writing.recording import Body, Entry

Entries = Sequence[Entry | None]


class Lists:
    """Makes the steps of one class."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.apply = Applications(place, self._paths).apply
        self.owners: list[dict[str, Step]] = []
        self.last: dict[str, list[Variable]] = {}
        """The names of the list that was read last."""

    def steps(self, bodies: Sequence[Body | None], given: list[Variable]) -> tuple[list[Step], list[Variable]]:
        """Return the steps of a list, and what it hands on. There is a body for each use, None where it is not."""
        first = next(body for body in bodies if body)
        made: list[Step] = []
        above = given
        self.place.env.append({})
        self.owners.append({})
        for run in runs([entry.item for entry in first.entries]):
            start = len(made)
            for n in run:
                above = self.entry([body.entries[n] if body else None for body in bodies], above, made)
            if len(run) > 2 and (table := table_of(self.place, made[start:], above)):
                self._forget(made[start:-1])
                made[start:] = [table]
        self.last = self.place.env.pop()
        self.owners.pop()
        return made, above

    def _forget(self, steps: Sequence[Step]) -> None:
        """Let nothing read what is inside a loop."""
        inside = {id(output) for step in steps for output in step.outputs}
        env = self.place.env[-1]
        for called in [called for called, found in env.items() if any(id(one) in inside for one in found)]:
            del env[called]

    def entry(self, entries: Entries, above: list[Variable], made: list[Step]) -> list[Variable]:
        """Add the steps of one entry; return what it hands on."""
        first = next(entry for entry in entries if entry)
        here = next((entry for entry in entries if entry and entry.is_there), None)
        env = self.place.env[-1]
        if here is None:  # nowhere
            env.setdefault(first.name, above)
            for node in (first.item.when, first.item.repeat):
                self.place.freeze_node(node)
            return above
        condition = self.condition(here.item.when, entries)
        there = [entry if entry and entry.is_there else None for entry in entries]
        start = len(made)
        outer, self.place.assumed = self.place.assumed, condition or self.place.assumed
        outputs = self.repeated(here.item, here.name, there, self.read(here.item, above), made)
        self.place.assumed = outer
        if condition is not None:
            outputs = self.under(condition, made, start, outputs, above, entries)
        env[here.name] = outputs
        return outputs

    def condition(self, when: Node | None, entries: Entries) -> Expr | None:
        """Return the condition of an entry; None where it holds whatever is given."""
        if when is None:
            return None
        assert isinstance(when, ScalarNode)
        wanted = [entry and entry.is_there for entry in entries]
        test = self.place.closed(read(when), wanted)
        return None if isinstance(test, ast.Constant) and test.value else test

    def under(
        self,
        condition: Expr,
        made: list[Step],
        start: int,
        outputs: list[Variable],
        above: list[Variable],
        entries: Entries,
    ) -> list[Variable]:
        """Let the last step be there under a condition."""
        if len(made) - start != 1 or len(outputs) != 1 or len(above) != 1:
            raise Unsaid
        step, inside, other = made[-1], outputs[0], above[0]
        shapes = [entry.flow[0].shape if entry else None for entry in entries]
        channels = inside.channels
        if self._is_factor(condition, channels, other.channels):
            self.place.choices.shorten(channels)
        else:
            channels = either(condition, channels, other.channels)
        channels = self.place.channels(channels, shapes)
        step.condition = self.place.python.text(condition, "bool")
        step.otherwise = [other]
        other.readers += step.inputs != [other]
        step.outputs = [Variable(channels, shapes, inside.hint, inside.is_fresh and other.is_fresh)]
        return step.outputs

    def _is_factor(self, condition: Expr, channels: Expr, others: Expr) -> bool:
        """Whether channels are, where `factor > 1` does not hold, what they are for a factor of 1: others."""
        match condition:
            case ast.Compare(left=ast.Name(id=factor), ops=[ast.Gt()], comparators=[ast.Constant(value=1)]):
                is_whole = self.place.kind(factor) == "int"
                return is_whole and alike(replaced(channels, {factor: constant(1)}), others)
        return False

    def read(self, item: Item, above: list[Variable]) -> list[Variable]:
        """Return the tensors that an entry reads."""
        if item.source is None:
            return above
        nodes = item.source.items if isinstance(item.source, SequenceNode) else [item.source]
        return [variable for node in nodes if isinstance(node, ScalarNode) for variable in self.place.look(node)]

    def repeated(
        self, item: Item, called: str, entries: Entries, given: list[Variable], made: list[Step]
    ) -> list[Variable]:
        """Add the steps of an entry that is there, as often as it stands."""
        times: list[Times] = []
        for n in range(max((len(entry.times) for entry in entries if entry), default=0)):
            times.append([entry.times[n] if entry and n < len(entry.times) else None for entry in entries])
        ends = [[tensor.shape for tensor in entry.flow] if entry else None for entry in entries]
        if item.repeat is None:
            return self.single(item, called, times[0], given, ends, made, is_named=item.name is not None)
        assert isinstance(item.repeat, ScalarNode)
        count = self.place.closed(read(item.repeat), [entry and entry.count for entry in entries])
        if not times:
            self.place.freeze(count)
            return given
        if item.share is None and (step := self.loop(item, called, times, count, given, ends)):
            step.is_named = item.name is not None
            made.append(step)
            return step.outputs
        if not isinstance(count, ast.Constant):
            raise Differs([entry and entry.count for entry in entries]) if len(entries) > 1 else Unsaid
        for n in range(int(count.value)):  # type: ignore[arg-type]
            time = times[min(n, len(times) - 1)]
            shapes = [[tensor.shape for tensor in one.flow] if one else None for one in time]
            given = self.single(item, f"{called}_{n}", time, given, shapes, made)
        return given

    def loop(
        self,
        item: Item,
        called: str,
        times: list[Times],
        count: Expr,
        given: list[Variable],
        ends: Sequence[list[Shape | None] | None],
    ) -> Step | None:
        """Return one step for all repetitions; None where each is not like the one before, or there is one."""
        blocks = {id(self.place.file.classes.get(id(one))) for time in times for one in time if one}
        if len(blocks) != 1 or (isinstance(count, ast.Constant) and count.value == 1):
            return None
        return Loop(self.place, lambda xs: self.apply(item, called, times[0], xs), called, count, ends).step(given)

    def single(
        self,
        item: Item,
        called: str,
        time: Times,
        given: list[Variable],
        ends: Sequence[list[Shape | None] | None],
        made: list[Step],
        is_named: bool = False,
    ) -> list[Variable]:
        """Add one application; return what it hands on."""
        found = self.apply(item, called, time, given)
        step = found.step
        if not step.outputs:  # a branch that is alone, or nothing
            made += step.paths[0].steps if step.paths else []
            return [step.paths[0].end] if step.paths else given
        step.is_named = is_named
        for n, output in enumerate(step.outputs):
            output.shapes = [end[n] if end else None for end in ends]
            output.channels = self.place.channels(found.channels[n], output.shapes)
            if len(step.outputs) == 1:
                output.hint = called
            self.place.choices.hoist(output.hint, output.channels)
        for variable in step.inputs:
            variable.readers += 1
        if item.share is not None:
            step.owner = next((one[item.share.text] for one in reversed(self.owners) if item.share.text in one), None)
            if step.owner is None or step.modules is None or "." in item.share.text:
                raise Unsaid
            step.owner.is_alone = step.is_alone = True
        self.owners[-1][called] = step
        made.append(step)
        return step.outputs

    def _paths(self, paths: MappingNode, time: Times, given: list[Variable]) -> tuple[list[Path], list[Variable]]:
        """Return the branches that are there somewhere, and what they hand on."""
        found: list[Path] = []
        ends: list[Variable] = []
        for key, node in paths.entries.values():
            bodies = [one.paths.get(key.text) if one else None for one in time]
            if not any(bodies):
                if isinstance(node, MappingNode) and "when" in node.entries:
                    self.place.freeze_node(node.entries["when"][1])
                continue
            condition = ""
            if isinstance(node, MappingNode) and "when" in node.entries and node.entries.keys() <= set(PATH):
                test = self.place.closed(
                    read(node.entries["when"][1]),  # type: ignore[arg-type]
                    [one and key.text in one.paths for one in time],
                )
                if not (isinstance(test, ast.Constant) and test.value):
                    condition = self.place.python.text(test, "bool")
            steps, flow = self.steps(bodies, given)
            body = next(body for body in bodies if body)
            self.place.env[-1][_last_part(body.scope.prefix)] = flow
            if len(flow) != 1 and (steps or condition):
                raise Unsaid
            if len(steps) == len(flow) == 1 and not steps[0].is_named and len(key.text) > 1:
                steps[0].name = flow[0].hint = key.text
            for end in flow:
                found.append(Path(key.text, steps, given[0] if len(given) == 1 else None, end, condition))
                ends.append(end)
        return found, ends


def _last_part(prefix: str) -> str:
    return prefix.removesuffix(".").rpartition(".")[2]
