"""What is wrong with a spec is said where it stands.

In the texts below «» mark what the carets must stand under: exactly these places are reported, and no others.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.analysis.costs import analyze
from convcost.errors import ConvcostError, Problem, Source, SpecError, UsageError, did_you_mean, printable
from convcost.language import tree
from convcost.reading.load import load, read

INPUT = "input: {channels: 4, size: [8, 8]}\n"


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SpecError) as caught:
        read(tree.decode("net.yaml", text.encode()))
    return caught.value.problems


def fails(marked: str, *texts: str) -> None:
    """Each marked place is reported, with its text in the message, the help or the trail."""
    expected = []
    for found in re.finditer("«([^»]*)»", marked):
        before = re.sub("[«»]", "", marked[: found.start()])
        expected.append((before.count("\n") + 1, len(before) - before.rfind("\n"), max(1, len(found[1]))))
    problems = problems_of(re.sub("[«»]", "", marked))
    reported = {}
    for problem in problems:
        assert problem.span is not None
        reported[problem.span.line, problem.span.column, problem.span.length] = str(problem)
    assert sorted(reported) == expected, str(SpecError(problems))
    for place, text in zip(expected, texts, strict=True):
        assert text in reported[place]


IN_A_LAYER = [
    # Arguments: unknown, missing, of the wrong kind
    ("conv: {out: 8, «kernal»: 3}", "did you mean `kernel`?"),
    ("conv: {out: 8, kernel: 3, «strid»: 2}", "`conv` takes no `strid`"),
    (
        "conv: {out: 8, kernel: 3, «depth»: 2}",
        "it takes out, kernel, stride, padding, dilation, groups, bias, connections",
    ),
    ("relu: {«slope»: 1}", "it takes no arguments"),
    ("«conv»: {kernel: 3}", "`conv` needs `out`"),
    ("«conv»: {out: 8}", "for example `conv: {out: ..., kernel: ...}`"),
    ("conv: «3»", "`conv` takes named arguments"),
    ("conv: «[8, 3]»", "for example `conv: {out: ..., kernel: ...}`"),
    ("conv: {out: «[8]», kernel: 3}", "`out` of `conv` wants a positive whole number, not [8]"),
    ("conv: {out: «true», kernel: 3}", "not `true`"),
    ("conv: {out: «same», kernel: 3}", "not `same`"),
    ("conv: {out: «0», kernel: 3}", "not 0"),
    ("conv: {out: «-8», kernel: 3}", "not -8"),
    ("conv: {out: «{a: 1}», kernel: 3}", "a value is a number, a word or a list, not a mapping"),
    ("conv: {out: «», kernel: 3}", "there is no value here"),
    ('conv: {out: «""», kernel: 3}', "there is no value here"),
    ("conv: {out: 8, kernel: 3, bias: «1»}", "`bias` of `conv` wants `true` or `false`, not 1"),
    ("conv: {out: «9999999999», kernel: 1}", "is 9999999999, larger than any axis of a tensor (2,147,483,647)"),
    ("dropout: {p: «2»}", "`p` of `dropout` wants a number from 0 to 1, not 2"),
    ("upsample: {scale: 2, mode: «area»}", "`mode` of `upsample` wants `nearest`, `bilinear` or `bicubic`, not `area`"),
    ("upsample: {scale: 2, mode: «billinear»}", "did you mean `bilinear`?"),
    ("split: {parts: «3»}", "4 channels are not divisible by parts 3"),
    ("split: {parts: «2147483647»}", "2,147,483,647 parts; there are at most 10,000"),
    ("split: {channels: «[2, 3]»}", "channels [2, 3] add up to 5; the input has 4"),
    ("«split»: {parts: 2, channels: [2, 2]}", "`split` takes either `parts` or `channels`"),
    ("«upsample»: {scale: 2, size: 3}", "`upsample` takes either `scale` or `size`"),
    # Axes
    ("conv: {out: 8, kernel: «[3, 3, 3]»}", "has 3 numbers for 2 spatial axes"),
    ("conv: {out: 8, kernel: «[]»}", "write one number, or 2 in a list"),
    ("conv: {out: 8, kernel: 3, padding: «[1, 2, 3]»}", "write one number, one per axis, or [before, after] for each"),
    ("conv: {out: 8, kernel: 3, padding: «[[1, 2, 3], 1]»}", "wants `same`, `valid`, a whole number from 0 up"),
    ("max_pool: {kernel: [2, «x»]}", "unknown name `x`"),
    # Sizes
    ("conv: {out: 8, kernel: «9»}", "kernel 9 exceeds the padded input, 8, on axis 0"),
    ("conv: {out: 8, kernel: «3», dilation: 4}", "kernel 3 (dilated: 9 positions) exceeds the padded input, 8"),
    ("conv: {out: 8, kernel: 3, groups: «3»}", "4 input channels are not divisible by groups 3"),
    ("max_pool: {kernel: 2, padding: «2»}", "padding 2 is more than half of kernel 2"),
    ("conv_transpose: {out: 3, kernel: 3, padding: «9»}", "padding 9 + 9 leaves nothing of the output"),
    ("crop: {size: «9»}", "can't crop 4x8x8 to 9x9"),
    ("«upsample»: {scale: 2000000000}", "an axis of 16,000,000,000 is larger than any axis of a tensor"),
    ("conv: {out: 2, kernel: 1, connections: «[[0]]»}", "has 1 rows for 2 output maps"),
    ("conv: {out: 1, kernel: 1, connections: «[[0, 4]]»}", "names input map 4; there are 4, counted from 0"),
    # Expressions: the caret stands under the very word
    ("conv: {out: 8*«aplha», kernel: 3}", "unknown name `aplha`"),
    ('conv: {out: "8 + «aplha» * 2", kernel: 3}', "unknown name `aplha`"),
    ("conv: {out: '8 + «aplha»', kernel: 3}", "unknown name `aplha`"),
    ("conv: {out:   «aplha»  , kernel: 3}", "unknown name `aplha`"),
    ("conv: {out: «8/3», kernel: 3}", "round it: floor(x), ceil(x), round(x) or make_divisible(x, 8)"),
    ("conv: {out: 2*(«8//(2 - 2)»), kernel: 3}", "division by zero"),
    ("conv: {out: «8 % 0», kernel: 3}", "division by zero"),
    ("conv: {out: 8 «+», kernel: 3}", "this is not an expression"),
    ("conv: {out: «(»8, kernel: 3}", "this is not an expression"),
    ("conv: {out: 8 «8», kernel: 3}", "this is not an expression"),
    ("conv: {out: «flor»(8.5), kernel: 3}", "did you mean `floor`?"),
    ('conv: {out: "1 + «floor(8, 2)»", kernel: 3}', "`floor` takes 1 argument"),
    ("conv: {out: «min(8)», kernel: 3}", "`min` takes 2 arguments or more"),
    ("conv: {out: «floor», kernel: 3}", "write floor(...)"),
    ("conv: {out: «010», kernel: 3}", "numbers are decimal and do not start with 0"),
    ("conv: {out: «0x10», kernel: 3}", "write it in decimal"),
    ("conv: {out: «1e3», kernel: 3}", "write 1000"),
    ("conv: {out: «.inf», kernel: 3}", "this is not a number"),
    ("conv: {out: 3*«1_000», kernel: 3}", "`1_000` is not a number"),
    ("conv: {out: «2alpha», kernel: 3}", "a product is written with `*`"),
    ("conv: {out: 8, kernel: «3x3»}", "write [3, 3]"),
    ("conv: {out: 8, kernel: 3, bias: «no»}", "did you mean `false`?"),
    ("conv: {out: 8, kernel: 3, bias: «True»}", "did you mean `true`?"),
    ("conv: {out: «null», kernel: 3}", "there is no value here"),
    ("conv: {out: «8 < 9», kernel: 3}", "wants a positive whole number, not `true`"),
    ("conv: {out: 8 «;» 9, kernel: 3}", "`;` is not part of an expression"),
    ("conv: {out: «8 if true else 9», kernel: 3}", "this is not part of an expression"),
    ("conv: {out: 8 + «ü», kernel: 3}", "`ü` is not part of an expression"),
    ("conv: {out: «2**65», kernel: 3}", "an exponent is a whole number up to 64"),
    ("conv: {out: 8, kernel: «(»3, 3)}", "one value per axis is a list, [3, 3]"),
    ('conv: {out: 8, kernel: "«(3, 3)»"}', "write [3, 3]"),
    ("conv: {«out:8», kernel: 3}", "a space stands behind the colon: `out: 8`"),
    ("conv: {out: 8, kernel: 3, «activation»: relu}", "an activation is a layer of its own, below: `- relu`"),
    ("{conv: {out: 8, kernel: 3}, «activation»: relu}", "an activation is a layer of its own, below: `- relu`"),
    ("{conv: {out: 8, kernel: 3}, «if»: alpha}", "a condition is `when`"),
    ("{conv: {out: 8, kernel: 3}, «form»: input}", "did you mean `from`?"),
    (
        "{conv: {out: 8, kernel: 3}, «colour»: red}",
        "beside it there can be name, from, when, repeat, share, expect, rows",
    ),
    ("conv: {out: 8, kernel: 3, padding: «full»}", "`padding` of `conv` wants `same`, `valid`, a whole number"),
    # What a layer is
    ("«convv»: {out: 8}", "did you mean `conv`?"),
    ("{«type»: conv, out: 8}", "a layer is written `- conv: {out: 8, kernel: 3}`"),
    ("«[relu]»", "a layer is an operator or a block, not a list"),
    ("«{}»", "this layer names no operator or block"),
    ("{conv: {out: 8, kernel: 3}, «stride»: 2}", "arguments go inside, `conv: {stride: ...}`"),
    ("{conv: {out: 8, kernel: 3}, «nmae»: stem}", "did you mean `name`?"),
    ("{relu: , «batch_norm»: }", "each layer is an entry of its own"),
    # Names
    ("{relu: , name: «input»}", "`input` is what the network or the block is given"),
    ("{relu: , name: «1»}", "and is not a number"),
    ("{relu: , name: «a.b»}", "`a.b` is not a name for a layer"),
    (f"{{relu: , name: «{'a' * 65}»}}", "a name has up to 64 letters"),
    ("{relu: , name: «[a]»}", "`name` is a layer's name, not a list"),
    ("{relu: , name: «»}", "`name` is a layer's name, not nothing"),
    # What a layer reads
    ("{relu: , from: «tanh»}", "no layer `tanh` above"),
    ("{relu: , from: «relu.0»}", "no layer `relu.0` above"),
    ("{relu: , from: «inptu»}", "did you mean `input`?"),
    ("{relu: , from: «input.1»}", "`input` has one output, no `1`"),
    ("{relu: , from: «input.»}", "`input` has one output, no ``"),
    ("{relu: , from: «»}", "`from` names layers, not nothing"),
    ("{relu: , from: [«[input]»]}", "`from` names layers, not a list"),
    ("{«relu»: , from: []}", "`relu` takes one input and is given 0"),
    ("{«relu»: , from: [input, input]}", "is given 2: `input`, `input`"),
    ("«add»", "`add` takes at least 2 inputs and is given 1: `input`"),
    ("«add»: {short: []}", "an empty path, `short: []`, is the input itself"),
    (
        "«concat»: {short: [], long: [linear: {out: 4}]}",
        "concat: 4x8x8 (from `input`) and 4 (from `long.linear`) differ",
    ),
    ("add: {short: [], long: «relu»}", "a path is a list of layers, or {when: ..., layers: [...]}, not a single value"),
    ("add: {«a b»: [], long: []}", "`a b` is not a name for a path"),
    (
        "«mul»: {short: [], gate: [linear: {out: 5}]}",
        "what is spread is 4 (one per channel) or 1x8x8 (one per position)",
    ),
    ("crop: {like: «inptu»}", "did you mean `input`?"),
    ("crop: {like: «[input]»}", "`like` names a tensor"),
    ("crop: {«like»: input, size: 3}", "`like` and `size` say the same thing"),
    # Conditions
    ("{relu: , when: «3»}", "`when` wants a condition, not 3"),
    ("{relu: , when: «same»}", "`when` wants a condition, not `same`"),
    ("{relu: , when: «[true]»}", "`when` wants a condition, not [`true`]"),
    ("{relu: , when: «»}", "there is no value here"),
    ("{relu: , when: «x» == 1}", "unknown name `x`"),
    ("{relu: , when: 2 == «same»}", "this is not a number"),
    ("{relu: , when: 2 «=» 3}", "a condition has == != < <= > >=, and, or, not"),
    ("{relu: , when: true «&»& false}", "a condition has == != < <= > >=, and, or, not"),
    ("{relu: , when: 2 == 3 or «4»}", "this is neither true nor false"),
    ("{relu: , when: not «4»}", "this is neither true nor false"),
    ("{relu: , when: «2 in 3»}", "a condition has == != < <= > >=, and, or, not"),
    ("{relu: , when: 1 < «true»}", "this is not a number"),
    ("{relu: , «whne»: true}", "did you mean `when`?"),
    ("add: {a: [], b: {when: «1», layers: []}}", "`when` wants a condition, not 1"),
    ("add: {a: [], b: {when: true, «layer»: []}}", "a path has `when` and `layers`, no `layer`"),
    ("add: {a: [], b: «{conv: {out: 4, kernel: 1}}»}", "a path is a list of layers, or {when: ..., layers: [...]}"),
    ("«add»: {a: {when: false, layers: []}, b: {when: 1 > 2, layers: []}}", "`add` takes at least 2 inputs"),
    # Repeat and share
    ("{relu: , repeat: «-1»}", "`repeat` wants a whole number from 0 up, not -1"),
    ("{relu: , repeat: «1.5»}", "`repeat` wants a whole number from 0 up, not 1.5"),
    ("{relu: , repeat: «true»}", "not `true`"),
    ("{relu: , repeat: «1000000»}", "repeated 1,000,000 times; a network has at most 100,000 layers"),
    ("{relu: , repeat: «10**30»}", "a network has at most 100,000 layers"),
    ("{conv: {out: 8, kernel: 1}, share: «conv»}", "no layer `conv` above"),
    ("{conv: {out: 8, kernel: 1}, share: «input»}", "`input` has no weights to share"),
    ("{conv: {out: 8, kernel: 1}, share: «[a]»}", "`share` is a layer's name, not a list"),
    # YAML that is not in the language
    ("conv: {out: «!!int 8», kernel: 3}", "tags (`tag:yaml.org,2002:int`) are not part of the language"),
    ("conv: {«<<»: 3, out: 8, kernel: 3}", "merge keys (`<<`) are not part of the language"),
    ("conv: {out: 8, «out»: 9, kernel: 3}", "`out` is given twice; first at 1:17"),
    ("«*a»", "aliases (`*a`) are not part of the language"),
    ("conv: {out: «*a», kernel: 3}", "name the value as a symbol, or the layers as a block"),
    ("conv: {out: «&a 3», kernel: 3}", "anchors (`&a`) are not part of the language"),
    ("«&a relu»", "anchors (`&a`) are not part of the language"),
]


@pytest.mark.parametrize(("layer", "text"), IN_A_LAYER)
def test_a_mistake_in_a_layer(layer: str, text: str) -> None:
    fails(f"layers: [{layer}]\n{INPUT}", text)


IN_A_LAYER_BELOW = [
    ("- {split: {parts: 2}, name: s}\n- «relu»", "`relu` takes one input and is given 2: `s.0`, `s.1`"),
    ("- {split: {parts: 2}, name: s}\n- {relu: , from: «s.2»}", "`s` has outputs 0 to 1, no `2`"),
    ("- {split: {parts: «3»}, name: s}\n- {relu: , from: s.1}\n- {tanh: , from: s.2}", "not divisible by parts 3"),
    ("- {split: {parts: 2}, name: s}\n- {crop: {like: «s»}, from: input}", "say which: `s.0`"),
    ("- {relu: , name: a}\n- {relu: , name: «a»}", "the name `a` is taken"),
    ("- {relu: , name: a, when: 1 < 2}\n- {relu: , name: «a», when: 1 < 3}", "only where `when` leaves all but one"),
    ("- {relu: , name: a}\n- {relu: , name: a, when: 1 > 2}\n- {relu: , name: «a»}", "the name `a` is taken"),
    *(
        (
            f"- {{relu: , name: a, when: {first}}}\n- {{tanh: , name: a, when: {second}}}\n- {{relu: , name: «a»}}",
            "taken",
        )
        for first, second in (("true", "false"), ("false", "true"))
    ),
    ("- concat: {a: [relu], b: [{relu: , from: «relu»}]}", "no layer `relu` above"),
    ("- linear: {out: 8}\n- «conv»: {out: 8, kernel: 3}", "`conv` needs spatial axes; its input is a vector of 8"),
    ("- linear: {out: 8}\n- «conv»: {out: 8, kernel: [3, 3]}", "`conv` needs spatial axes"),
    ("- linear: {out: 8}\n- «pad»: {padding: [1, 1]}", "`pad` needs spatial axes"),
    ("- linear: {out: 8}\n- «global_avg_pool»", "`global_avg_pool` needs spatial axes"),
    ("- linear: {out: 8}\n- «deformable_conv»: {out: 8, kernel: 3}", "needs 2 spatial axes; its input has 0"),
    ("- conv: {out: 8, kernel: 1}\n- {linear: {out: 8}, share: «conv»}", "`linear` (linear, 4,104 parameters)"),
    ("- conv: {out: 4, kernel: 1}\n- {conv: {out: 8, kernel: 1}, share: «conv»}", "can't share the weights of `conv`"),
    ("- {conv: {out: 4, kernel: 1}, repeat: 2}\n- {conv: {out: 4, kernel: 1}, share: «conv»}", "no layer `conv` above"),
    ("- conv:\n    out: 8\n    kernel: 3 + «sdie»", "unknown name `sdie`"),
    ('- conv:\n    out: «"\\x61lpha + 1"»\n    kernel: 3', "unknown name `alpha`"),
    ("- conv:\n    out: «'it''s'»\n    kernel: 3", "`'` is not part of an expression"),
    ("- {relu: , repeat: 99999}\n- {«relu»: , repeat: 2}", "more than 100,000 layers"),
    # Rows
    ("- relu:\n  rows:«»", "the names of the columns, then the values of each layer, not nothing"),
    ("- relu:\n  rows: «[]»", "the names of the columns, then the values of each layer"),
    ("- relu:\n  rows: [«3»]", "the names of the columns, then the values of each layer"),
    ("- relu:\n  rows: [[«[a]»], [3]]", "a column has a name, not a list"),
    ("- relu:\n  rows: [[«3»], [3]]", "the first row has the arguments' names"),
    ("- conv:\n  rows: [[out, kernel, «out»], [3, 3, 3]]", "there are two columns `out`"),
    ("- conv:\n  rows: [[out, «share»], [3, a]]", "it may be an argument, or name, from, when, repeat, expect"),
    ("- conv: {kernel: 1}\n  rows: [[out, «kernel»], [3, 3]]", "`kernel` is given to all rows, too"),
    ("- conv: {kernel: 1}\n  «name»: a\n  rows: [[out], [3]]", "`name` is of one layer, and can't stand beside `rows`"),
    ("- conv:\n  rows:\n  - [out, kernel, bias]\n  - «[3, 1]»", "2 values for 3 columns: out, kernel, bias"),
    ("- conv:\n  rows:\n  - [out, kernel]\n  - «[3, 1, 4]»\n  - [3, 1]", "3 values for 2 columns: out, kernel"),
    ("- conv:\n  rows:\n  - [out, kernel]\n  - «3»", "a row is a list of values, not a single value"),
    ("- conv:\n  rows:\n  - [out, kernel]\n  - «[3, null]»", "`conv` needs `kernel`"),
    ("- conv: {kernel: 1}\n  rows:\n  - [out]\n  - [«k»]", "unknown name `k`"),
    ("- conv: {out: 1}\n  rows:\n  - [«kernal»]\n  - [3]\n  - [4]", "did you mean `kernel`?"),
]


@pytest.mark.parametrize(("layers", "text"), IN_A_LAYER_BELOW)
def test_a_mistake_in_a_layer_below(layers: str, text: str) -> None:
    fails(f"{INPUT}layers:\n{layers}\n", text)


_LAYERS = "[relu, {tanh: , name: t}, {split: {parts: 2}, name: s}]"

WHOLE = [
    ("«»", "the document is empty"),
    ("«just some words»", "a spec is a mapping at its top level"),
    ("«[a, b]»", "a spec starts with `network: name`"),
    (f"{INPUT}«layer»: []\nlayers: []", "did you mean `layers`?"),
    (f"{INPUT}«name»: x\nlayers: []", "a network's name is `network:`"),
    (f"{INPUT}«extends»: http://127.0.0.1:1/x.yaml\nlayers: []", "a spec has network, symbols, input,"),
    (f"{INPUT}network: «[x]»\nlayers: []", "`network` is a name, not a list"),
    (f"{INPUT}layers: «{{}}»", "`layers` is a list of layers, not a mapping"),
    (f"{INPUT}layers: «relu»", "`layers` is a list of layers, not a single value"),
    ("«l»ayers: [relu]\n", "for example input: {channels: 3, size: [224, 224]}"),
    ("input: «3»\nlayers: []", "`input` is {channels: ..., size: [...]}, not a single value"),
    ("input: «{size: [8]}»\nlayers: []", "an input needs `channels`"),
    ("input: {channels: 3, size: «8»}\nlayers: []", "`size` is a list with one number per spatial axis"),
    ("input: {channels: 3, size: «[1, 2, 3, 4]»}\nlayers: []", "4 spatial axes; there are at most 3"),
    ("input: {channels: 3, size: [8, «0»]}\nlayers: []", "`size` wants a positive whole number, not 0"),
    ("input: {channels: «1.5», size: [8]}\nlayers: []", "`channels` wants a positive whole number, not 1.5"),
    ("input: {channels: 3, size: [8], «depth»: 3}\nlayers: []", "an input has `channels` and `size`, no `depth`"),
    (f"{INPUT}«inputs»: {{}}\nlayers: []", "a spec has `input` or `inputs`, not both"),
    ("inputs: «{}»\nlayers: []", "`inputs` names no input"),
    ("inputs: {a: {channels: 3, size: [8]}, b: {channels: 3, size: [8]}}\nlayers: [«relu»]", "one of `a`, `b`"),
    (
        "inputs: {a: {channels: 3, size: [8]}, b: {channels: 3, size: [8]}}\nlayers: [{add: , from: [a, «input»]}]",
        "there are several inputs, and none is called `input`",
    ),
    (f"{INPUT}layers: [relu]\noutputs: [«rleu»]", "did you mean `relu`?"),
    (f"{INPUT}layers: [relu]\noutputs: «relu»", "`outputs` is a list of layer names, not a single value"),
    (f"{INPUT}layers: [relu]\noutputs: «[]»", "`outputs` names no layer"),
    (f"symbols: «3»\n{INPUT}layers: []", "`symbols` is a mapping, not a single value"),
    (f"symbols: {{«a-b»: 3}}\n{INPUT}layers: []", "`a-b` is not a name"),
    (f"symbols: {{«π»: 3}}\n{INPUT}layers: []", "a name has letters, digits and _, no digit first"),
    (f"symbols: {{«floor»: 3}}\n{INPUT}layers: []", "`floor` has a meaning of its own"),
    (f"symbols: {{«lambda»: 3}}\n{INPUT}layers: []", "`lambda` has a meaning of its own"),
    (f"symbols: {{«a»: [1, 2]}}\n{INPUT}layers: []", "`a` is a list; a symbol is one number"),
    (f"symbols: {{a: «b», b: 1}}\n{INPUT}layers: [conv: {{out: 2*a, kernel: 1}}]", "unknown name `b`"),
    ("symbols: {H: }\ninput: {channels: 3, size: [«H»]}\nlayers: []", "give it one: --set H=..."),
    (f"{INPUT}layers: []\nvariants: «[a]»", "`variants` maps names to settings of the symbols, not a list"),
    (f"{INPUT}layers: []\nvariants: {{wide: «3»}}", "a variant maps symbols to values, not a single value"),
    (f"symbols: {{alpha: 1}}\n{INPUT}layers: []\nvariants: {{wide: {{«alhpa»: 2}}}}", "did you mean `alpha`?"),
    (f"{INPUT}layers: []\nexpect: «3»", "`expect` maps figures to values, not a single value"),
    (f"{INPUT}layers: []\nexpect: {{«mac»: 3}}", "did you mean `macs`?"),
    (f"{INPUT}layers: []\nexpect: {{macs: «0.5»}}", "`macs` wants a whole number from 0 up, not 0.5"),
    # Blocks
    (f"blocks: {{«b»: {{}}}}\n{INPUT}layers: []", "block `b` has no `layers`"),
    (f"blocks: {{b: «[relu]»}}\n{INPUT}layers: []", "block `b` is a mapping with `args` and `layers`, not a list"),
    (f"blocks: {{b: {{layers: [], «arg»: {{}}}}}}\n{INPUT}layers: []", "did you mean `args`?"),
    (f"blocks: {{b: {{layers: [], args: «[x]»}}}}\n{INPUT}layers: []", "`args` is a mapping, not a list"),
    (f"blocks: {{b: {{layers: [], args: {{«name»: 3}}}}}}\n{INPUT}layers: []", "`name` has a meaning of its own"),
    (f"blocks: {{«relu»: {{layers: []}}}}\n{INPUT}layers: []", "`relu` is an operator and can't be a block"),
    (f"blocks: {{«2b»: {{layers: []}}}}\n{INPUT}layers: []", "`2b` is not a name"),
    (f"blocks: {{b: {{args: {{x: }}, layers: []}}}}\n{INPUT}layers: [«b»]", "block `b` needs `x`"),
    (f"blocks: {{b: {{args: {{width: 1}}, layers: []}}}}\n{INPUT}layers: [b: {{«widht»: 2}}]", "did you mean `width`?"),
    (f"blocks: {{b: {{layers: []}}}}\n{INPUT}layers: [b: «[3]»]", "block `b` takes named arguments"),
    (f"blocks: {{b: {{args: {{y: «x»*2, x: 3}}, layers: []}}}}\n{INPUT}layers: [b]", "unknown name `x`"),
    (f"blocks: {{b: {{layers: [«b»]}}}}\n{INPUT}layers: [b]", "block `b` uses itself: b -> b"),
    (f"blocks: {{b: {{layers: [c]}}, c: {{layers: [add: {{x: [], y: [«b»]}}]}}}}\n{INPUT}layers: [b]", "b -> c -> b"),
    (
        f"blocks: {{b: {{layers: [{{conv: {{out: «input.channel», kernel: 1}}}}]}}}}\n{INPUT}layers: [b, b]",
        "did you mean `input.channels`?",
    ),
    (
        f"blocks: {{b: {{layers: [{{relu: , from: «stem»}}]}}}}\n{INPUT}layers: [{{relu: , name: stem}}, b]",
        "no layer `stem` above",
    ),
    (
        f"blocks: {{b: {{layers: [{{conv: {{out: 2, kernel: 1}}, name: x}}]}}, "
        f"c: {{layers: [{{conv: {{out: 2, kernel: 1}}, name: y}}]}}}}\n{INPUT}layers: [b, {{c: , share: «b»}}]",
        "no layer `b.y` above to share weights with",
    ),
    # Several outputs of a block
    *(
        (f"blocks: {{b: {{layers: {_LAYERS}, outputs: {outputs}}}}}\n{INPUT}layers: {use}", text)
        for outputs, use, text in [
            ("[«rleu»]", "[b]", "did you mean `relu`?"),
            ("[relu, «s»]", "[b]", "say which: `s.0`"),
            ("[«s.2»]", "[b]", "`s` has outputs 0 to 1, no `2`"),
            ("«relu»", "[]", "`outputs` is a list of layers, or {name: layer, ...}, not a single value"),
            ("«[]»", "[]", "`outputs` is a list of layers, or {name: layer, ...}"),
            ("{a: «[relu]»}", "[]", "an output is a layer's name, not a list"),
            ("{«a.b»: relu}", "[]", "`a.b` is not a name for an output"),
            ("[relu, «relu»]", "[]", "there are two outputs `relu`"),
            ("{high: relu, low: t}", "[b, {tanh: , from: «b.hihg»}]", "did you mean `high`?"),
            ("{high: relu, low: t}", "[b, {tanh: , from: «b.2»}]", "`b` has outputs high, low, no `2`"),
            ("[t, relu]", "[b, {tanh: , from: «b.s»}]", "`b` has outputs t, relu, no `s`"),
            ("[t, relu]", "[b, «tanh»]", "`tanh` takes one input and is given 2: `b.t`, `b.relu`"),
            ("[t, relu]", "[{b: , repeat: «2»}]", "`b` is given 1 tensor and hands on 2, so it can't be repeated"),
            ("[t, relu]", "[{b: , name: a}, {tanh: , from: «a.t.0»}]", "`a` has outputs t, relu, no `t.0`"),
        ]
    ),
    # An argument that names an operator
    *(
        (f"blocks: {{b: {{args: {{act: relu, k: 3}}, layers: [{inside}]}}}}\n{INPUT}layers: [{use}]", text)
        for inside, use, text in [
            ("act", "b: {act: «rellu»}", "did you mean `relu`?"),
            ("act", "b: {act: «hswish»}", "it is called `hard_swish` here"),
            ("act", "b: {act: «3»}", "`act` of block `b` names an operator or a block, not `3`"),
            ("act", "b: {act: «2*3»}", "names an operator or a block, not `2*3`"),
            ("act", "b: {act: «[relu]»}", "names an operator or a block, not a list"),
            ("act", "b: {act: «{relu: , tanh: }»}", "for example `act: relu`, or `act: {group_norm: {groups: 32}}`"),
            ("act", "b: {act: «»}", "names an operator or a block, not nothing"),
            ("act", "b: {act: «add»}", "`add` takes at least 2 inputs and is given 1: `input`"),
            ("act", "b: {act: «matmul»}", "applies it to 1 tensor: name what takes as many"),
            ("act", "b: {act: «conv»}", "`conv` needs `"),
            ("act", "b: {act: «depthwise_separable»}", "block `depthwise_separable` needs `out`"),
            ("act", "b: {act: {conv: {out: 8, «kernal»: 3}}}", "did you mean `kernel`?"),
            ("act", "b: {act: {conv: {out: 8, kernel: «9»}}}", "kernel 9 exceeds the padded input"),
            ("act", "b: {act: {dropout: {p: «hlaf»}}}", "unknown name `hlaf`"),
            ("act", "b: {act: {add: «{a: [], b: []}»}}", "make them a block, and name that"),
            ("act: {«p»: 0.5}", "b: {act: {dropout: {p: 0.5}}}", "`p` of `dropout` is given twice"),
            ("act: {«slope»: 1}", "b", "`relu` takes no `slope`"),
            ("act", "b: {k: «tanh»}", "no layer of block `b` applies `k`"),
            ("act, conv: {out: 8, kernel: k}", "b: {k: {«tanh»: }}", "`k` of block `b` is a value, not `tanh`"),
            ("act, conv: {out: 8, kernel: «act»}", "b", "`act` names a layer, and stands for no number"),
            ("act, conv: {out: 8, kernel: 1 + «act»}", "b", "`act` names a layer, and stands for no number"),
            ("act, k", "b: {k: «4»}", "names an operator or a block, not `4`"),
            ("{act: , when: «act» == relu}", "b", "`act` names a layer, and stands for no number"),
            ("act, {tanh: , when: k > «act»}", "b", "`act` names a layer, and stands for no number"),
            ("{act: , «kernel»: k}", "b", "beside it there can be name, from"),
        ]
    ),
    (f"symbols: {{alpha: 1}}\n{INPUT}layers: [«alpha»]", "no operator or block `alpha`"),
    (
        f"blocks: {{b: {{args: {{g: }}, layers: [«g»: {{g: g}}]}}}}\n{INPUT}layers: [b: {{g: b}}]",
        "block `b` uses itself: b -> b",
    ),
    # YAML
    (f"{INPUT}layers: [relu]\n«---»\na: 1", "a second document; a spec is one document"),
    ("a: 1\n«<<<<<<< »HEAD\nb: 2", "merge conflict"),
    ("a: «[»1, 2", "this bracket is never closed"),
    (f"{INPUT}layers: «[»relu\noutputs: [relu]", "this bracket is never closed"),
    ("network: «'»abc\nlayers: []", "this quote is never closed"),
    ("layers:\n«»\t- relu", "indent with spaces, not tabs"),
    ("# é\nnetwork: a«\x01»b", "not a character of YAML text"),
    ("layers:\n«\u00a0» - relu", "a no-break space (U+00A0) is not indentation"),
    ("a: 1«\u2028»b: 2", "a line break that editors and YAML do not agree on"),
]


@pytest.mark.parametrize(("spec", "text"), WHOLE)
def test_a_mistake_in_a_spec(spec: str, text: str) -> None:
    fails(spec, text)


def test_all_mistakes_are_found_in_one_run() -> None:
    fails(
        """symbols: {alpha: «1/0»}
input: {channels: 3, size: [32, 32], «padding»: 1}
blocks:
  b:
    args: {out: , «k-1»: 3}
    layers:
      - conv: {out: out, kernel: 3, «strid»: 2}
      - «rleu»
layers:
  - conv: {out: 32*alpha, kernel: 3, pading: 1}
  - b: {out: 2}
  - {relu: , from: «bb»}
expect: {«flops»: 3}
""".replace("pading", "«pading»"),
        "division by zero",
        "an input has `channels` and `size`, no `padding`",
        "`k-1` is not a name",
        "did you mean `stride`?",
        "did you mean `relu`?",
        "did you mean `padding`?",
        "did you mean `b`?",
        "can't expect `flops`",
    )


SPECIMENS = [
    pytest.param(
        """network: mobilenet
input: {channels: 3, size: [32, 32]}
blocks:
  separable:
    args: {out: , stride: 1}
    layers:
      - depthwise_conv: {kernel: 3, strid: stride}
      - conv: {out: out, kernel: 1}
layers:
  - separable: {out: 64}
  - separable: {out: 128}
""",
        """\
net.yaml:7:37: error: `depthwise_conv` takes no `strid`
  |
7 |       - depthwise_conv: {kernel: 3, strid: stride}
  |                                     ^^^^^
   = help: did you mean `stride`?
   = in block `separable`, used at net.yaml:10:5""",
        id="a block used twice is reported once, with the first trail",
    ),
    pytest.param(
        """input: {channels: 4, size: [8, 8]}
blocks:
  inner: {args: {k: }, layers: [max_pool: {kernel: k}]}
  outer: {layers: [inner: {k: 9}]}
layers:
  - {outer: , repeat: 2, name: stage}
""",
        """\
net.yaml:3:52: error: kernel 9 exceeds the padded input, 8, on axis 0
  |
3 |   inner: {args: {k: }, layers: [max_pool: {kernel: k}]}
  |                                                    ^
   = help: the input is 8x8
   = in block `inner`, used at net.yaml:4:20
   = in block `outer`, used at net.yaml:6:6""",
        id="the trail leads from the innermost block outwards",
    ),
    pytest.param(
        """input: {channels: 256, size: [55, 55]}
layers:
  - add:
      body:
        - {max_pool: {kernel: 3, stride: 2, padding: 1, ceil_mode: true}, name: pool3}
        - relu
      short: [{max_pool: {kernel: 2}, name: pool}]
""",
        """\
net.yaml:3:5: error: add: 256x28x28 (from `body.relu`) and 256x27x27 (from `short.pool`) differ
  |
3 |   - add:
  |     ^^^
   = help: the 27x27 appears at `short.pool`, from 55x55 (floor of 27.5; ceil_mode?)""",
        id="sizes that differ are named with the layer they come from",
    ),
    pytest.param(
        """input: {channels: 4, size: [8, 8]}
layers:
  - conv: {out: 8, kernel: 3, stride: 2, padding: 1, name: a}
  - relu: {}
""",
        """\
net.yaml:3:54: error: `conv` takes no `name`
  |
3 |   - conv: {out: 8, kernel: 3, stride: 2, padding: 1, name: a}
  |                                                      ^^^^
   = help: it stands beside `conv`, not inside: {conv: ..., name: ...}""",
        id="a name inside the arguments",
    ),
    pytest.param(
        'input: {channels: 4, size: [8, 8]}\nlayers:\n  - {conv: {out: 8, kernel: 3}, name: "\\e[31m[red]"}\n',
        """\
net.yaml:3:39: error: `\\x1b[31m[red]` is not a name for a layer
  |
3 |   - {conv: {out: 8, kernel: 3}, name: "\\e[31m[red]"}
  |                                       ^^^^^^^^^^^^^
   = help: a name has up to 64 letters, digits, _ and -, and is not a number""",
        id="control characters are shown as escapes",
    ),
    pytest.param(
        "input: {channels: 4, size: [8, 8]}\nlayers: [卷积: {}, relu, rleu]  # 层\n",
        """\
net.yaml:2:10: error: no operator or block `卷积`
  |
2 | layers: [卷积: {}, relu, rleu]  # 层
  |          ^^^^
   = help: `convcost operators` and `convcost list --blocks` show what there is

net.yaml:2:24: error: no operator or block `rleu`
  |
2 | layers: [卷积: {}, relu, rleu]  # 层
  |                          ^^^^
   = help: did you mean `relu`?""",
        id="wide characters take two columns",
    ),
    pytest.param(
        f"input: {{channels: 4, size: [8, 8]}}\nlayers: [{'relu, ' * 60}rleu{', relu' * 60}]\n",
        f"""\
net.yaml:2:370: error: no operator or block `rleu`
  |
2 | lu, {"relu, " * 6}rleu{", relu" * 12}, re
  | {" " * 40}^^^^
   = help: did you mean `relu`?""",
        id="a long line is cut around the caret",
    ),
]


@pytest.mark.parametrize(("text", "picture"), SPECIMENS)
def test_the_whole_picture(text: str, picture: str) -> None:
    assert str(SpecError(problems_of(text))) == picture


def test_a_problem_without_a_place() -> None:
    assert str(UsageError("no file `x\x07`", "look")) == "error: no file `x\\x07`\n  = help: look"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("é 中", "é 中"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202eevil", "\\u202eevil"),
        ("\u2028", "\\u2028"),
        ("no\u00a0break", "no\\xa0break"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_instead(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_message_is_cut_in_the_middle_if_nobody_would_read_it() -> None:
    text = str(Problem(None, "a" * 300 + "b" * 10_000 + "c" * 50))
    assert len(text) < 420
    assert text.endswith("c" * 50)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("kernal", "kernel"), ("strides", "stride"), ("x", None), ("k" * 100_000, None), ("", None)],
)
def test_did_you_mean(word: str, meant: str | None) -> None:
    found = did_you_mean(word, ["kernel", "stride", "k" * 99_999])
    assert found == (meant and f"did you mean `{meant}`?")


SPEC_WITH_SYMBOLS = """symbols: {alpha: 1, H: }
input: {channels: 3, size: [H]}
layers: [conv: {out: 8*alpha, kernel: 1}]
variants: {wide: {alpha: 2, H: 4}}
"""


@pytest.mark.parametrize(
    ("settings", "variant", "text"),
    [
        ({"alhpa": "1"}, None, "error: `network` has no symbol `alhpa`\n  = help: did you mean `alpha`?"),
        ({"x": "1"}, None, "error: `network` has no symbol `x`\n  = help: its symbols: alpha, H"),
        ({}, "wied", "error: `network` has no variant `wied`\n  = help: did you mean `wide`?"),
        ({}, "x", "error: `network` has no variant `x`\n  = help: its variants: wide"),
        (
            {"H": "8", "alpha": "1 + beta"},
            None,
            "--set:1:11: error: unknown name `beta`\n  |\n1 | alpha=1 + beta\n  |           ^^^^",
        ),
        ({"H": ""}, None, "--set:1:3: error: there is no value here\n  |\n1 | H=\n  |   ^"),
        ({"H": "[8]"}, None, "--set:1:3: error: `[` is not part of an expression"),
        ({"H": "\x1b"}, None, "--set:1:3: error: `\\x1b` is not part of an expression\n  |\n1 | H=\\x1b\n  |   ^^^^"),
        ({"H": float("nan")}, None, "--set:1:3: error: unknown name `nan`"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, str], variant: str | None, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(Source("net.yaml", SPEC_WITH_SYMBOLS), settings=settings, variant=variant)
    assert str(caught.value).startswith(text)


def test_a_letter_is_no_size_of_inputs_that_differ() -> None:
    text = "inputs: {a: {channels: 1, size: [8]}, b: {channels: 1, size: [9]}}\nlayers: [{relu: , from: a}]"
    with pytest.raises(UsageError, match="--set L=4: the inputs of `network` have different sizes"):
        read(Source("net.yaml", text), settings={"L": "4"})


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("resnet5", "no file and no bundled network `resnet5`\n  = help: did you mean `resnet50`?"),
        ("nowhere/at_all.yaml", "`convcost list` names the networks that come with convcost"),
        (".", "`.` is a folder"),
        ("a\0b", "can't read `a\\x00b`"),
        ("a" * 5000, "can't read"),
    ],
)
def test_specs_that_cannot_be_opened(spec: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(spec)
    assert text in str(caught.value)


def test_as_many_problems_as_anyone_reads() -> None:
    problems = problems_of(INPUT + "layers:\n" + "".join(f"  - rleu{n}\n" for n in range(5000)))
    assert len(problems) == 101
    assert problems[-1].message == "more than 100 problems; the rest is not shown"
    twice = INPUT + "layers:\n" + "".join(f"  - conv: {{a{n}: 1, a{n}: 2}}\n" for n in range(5000))
    assert len(problems_of(twice)) == 101


BUDGETS = {
    "layers": "layers: [{relu: , repeat: 99999}, {relu: , repeat: 2}]",
    "nested blocks double": "blocks:\n"
    + "".join(f"  b{n}: {{layers: [b{n + 1}, b{n + 1}]}}\n" for n in range(60))
    + "  b60: {layers: []}\nlayers: [b0]",
    "nested paths double": "blocks:\n"
    + "".join(f"  b{n}: {{layers: [concat: {{x: [b{n + 1}], y: [b{n + 1}]}}]}}\n" for n in range(60))
    + "  b60: {layers: [max_pool: {kernel: 1}]}\nlayers: [b0]",
    "many paths": "layers: [{concat: {" + ", ".join(f"p{n}: []" for n in range(5000)) + "}, repeat: 100000}]",
    "many arguments": "blocks: {b: {args: {"
    + ", ".join(f"a{n}: 1" for n in range(5000))
    + "}, layers: []}}\nlayers: [{b: , repeat: 100000}]",
    "many symbols": "symbols: {"
    + ", ".join(f"a{n}: 1" for n in range(5000))
    + "}\nblocks: {b: {layers: []}}\nlayers: [{b: , repeat: 100000}]",
    "many inputs": "blocks: {b: {layers: [{concat: , from: ["
    + ", ".join(["input"] * 9000)
    + "]}, split: {parts: 9000}, {relu: , from: split.0}]}}\nlayers: [{b: , repeat: 1000}]",
    "long names": "blocks:\n"
    + "".join(f"  {'b' * 50}{n}: {{layers: [{'b' * 50}{n + 1}, relu]}}\n" for n in range(5000))
    + f"  {'b' * 50}5000: {{layers: [relu]}}\nlayers: [{'b' * 50}0]",
}


@pytest.mark.parametrize(
    "most", [10_000, pytest.param(100_000, marks=pytest.mark.thorough)], ids=["a small budget", "the budget"]
)
@pytest.mark.parametrize("name", BUDGETS)
def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    for room in ("blocks", "entries", "folding"):
        monkeypatch.setattr(f"convcost.language.{room}.MAX_LAYERS", most)
    text = INPUT + BUDGETS[name].replace("100000", str(most)).replace("99999", str(most - 1))
    assert problems_of(text)[-1].message == f"more than {most:,} layers"


@pytest.mark.parametrize(
    "layers",
    [
        "conv: {out: 1, kernel: [1000000000, 1], padding: 500000000}",
        "max_pool: {kernel: 2000000000, padding: 1000000000}",
        "conv_transpose: {out: 1, kernel: 1000000000, stride: 3}, conv: {out: 1, kernel: 100000000}",
        "conv_transpose: {out: 1, kernel: 1, stride: 200000000}",
        "adaptive_avg_pool: {size: 2000000000}",
        "upsample: {size: 4093, mode: bilinear}, {conv: {out: 1, kernel: 999, padding: 499}, repeat: 3}",
        "upsample: {scale: 200000000}, global_avg_pool",
    ],
)
def test_sizes_cost_no_time(layers: str) -> None:
    analyze(read(Source("net.yaml", f"{INPUT}layers: [{layers}]")))


SNIPPETS = st.sampled_from(
    [*"{}[]:,-\n \"'#&*!|>%@`?~()", "  - ", "add: ", "from: ", "repeat: 3", "<<", "é", "\t", "\x1b", "1e3", "8/0", "*a"]
)
SEEDS = st.sampled_from(
    [SPEC_WITH_SYMBOLS, *(text for text, _ in (row.values for row in SPECIMENS[:4])), *(row[0] for row in WHOLE)]
)


@settings(max_examples=300, deadline=None)
@given(SEEDS, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), SNIPPETS), max_size=4))
def test_any_text_is_read_or_refused(text: str, edits: list[tuple[int, int, str]]) -> None:
    for at, length, snippet in edits:
        text = text[:at] + snippet + text[at + length :]
    check_read_or_refused(text)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_expression_is_read_or_refused(text: str) -> None:
    check_read_or_refused(f"{INPUT}layers: [conv: {{kernel: 3, out: {text}}}]")
    escaped = text.encode("unicode_escape").decode().replace('"', '\\"')
    check_read_or_refused(f'{INPUT}layers: [conv: {{kernel: 3, out: "{escaped}"}}]')


def check_read_or_refused(text: str) -> None:
    try:
        read(tree.decode("net.yaml", text.encode("utf-8", "surrogatepass")))
    except ConvcostError as error:
        refused = error
    else:
        return
    for problem in refused.problems:
        span = problem.span
        assert span is not None
        assert 1 <= span.line <= len(span.source.lines)
        assert 1 <= span.column <= len(span.source.lines[span.line - 1]) + 1
    shown = str(refused).replace("\n", "")
    assert printable(shown) == shown


def test_what_needs_no_shape_is_said_in_one_run() -> None:
    """A first mistake leaves shapes unknown below; that arguments are wrong by themselves is said all the same."""
    text = (
        INPUT
        + """layers:
  - conv: {out: 3.5, kernel: 3}
  - conv: {out: -3, kernel: 3}
  - conv: {out: 8, kernel: 0}
  - conv: {out: 8, kernel: 3, stride: 0}
  - conv: {out: 8, kernel: [3, 3, 3]}
  - flatten
  - linear: {out: 0}
"""
    )
    assert len(problems_of(text)) == 6


@pytest.mark.parametrize(
    ("line", "help"),
    [
        ("  - conv:{out: 4, kernel: 3}", "a space stands behind the colon: `conv: ...`"),
        ("  - conv: {out: 4 kernel: 3}", "a comma is missing before it"),
        ("  - relu\n   - relu", "the entries of a list all start in the same column"),
        ("   - relu\n  - relu", "the entries of a list"),
    ],
)
def test_a_slip_in_yaml(line: str, help: str) -> None:
    with pytest.raises(SpecError, match=re.escape(help)):
        read(tree.decode("s.yaml", f"{INPUT}layers:\n{line}\n".encode()))
