"""The last modules of a YOLO file, which read several maps: as blocks of the spec language, for a number of maps."""

from __future__ import annotations


def heads(maps: int, light: bool) -> str:
    """Return the blocks Detect, Segment, Pose, OBB and those of YOLO26 for that many maps.

    With `light`, classes are told by depthwise and 1x1 convolutions, as YOLO11 has it. `more` is what Segment, Pose and
    OBB say at each position besides the sides of a box and the chances of the classes, by towers at least `inner` wide.
    With `twice`, a second head like it stands beside, from which only training learns: YOLOv10 has one that finds each
    thing once, and one that finds it often.
    """
    first = "input.0" if maps > 1 else "input"
    classes = "light_tower" if light else "tower"
    boxes = _over(maps, "boxes", "tower", "4*bins", f"max({first}.channels//4, 4*bins, 16)")
    scores = _over(maps, "classes", classes, "classes", f"max({first}.channels, min(classes, 100))")
    more = _over(maps, "more", "tower", "more", f"max({first}.channels//4, inner)")
    refined = [f"from{n}: [{{refine: , from: [input.{n}, {first}]}}]" for n in range(1, maps)]
    whole = (
        f"add: {{own: [{{identity: , from: {first}}}], {', '.join(refined)}}}"
        if refined
        else f"identity: , from: {first}"
    )
    return f"""
Detect:
  args: {{classes: , bins: 16, more: 0, inner: more, twice: false}}
  layers:
    - {{often: {{classes: classes, bins: bins, more: more, inner: inner}}, when: twice}}
    - {{{boxes}}}
    - {{{scores}}}
    - {{{more}, when: more > 0}}
    - {{distances: {{bins: bins}}, from: boxes, name: dfl, when: bins > 1}}
    - {{reshape: {{like: classes}}, name: sides, when: bins > 1}}
    - {{identity: , from: boxes, name: sides, when: bins == 1}}
    - {{sigmoid: , from: classes, name: scores}}
    - {{concat: , from: [sides, scores], name: found}}
    - {{concat: , from: [found, more], name: all, when: more > 0}}
often:
  args: {{classes: , bins: , more: , inner: }}
  layers:
    - {{{boxes}}}
    - {{{scores}}}
    - {{{more}, when: more > 0}}
Segment:
  args: {{classes: , bins: 16, masks: 32, width: 256, twice: false}}
  layers:
    - {{Detect: {{classes: classes, bins: bins, more: masks, twice: twice}}, name: detect}}
    - {{Proto: {{out: masks, width: width}}, from: {first}, name: proto}}
  outputs: {{predictions: detect, prototypes: proto}}
Segment26:
  args: {{classes: , bins: 16, masks: 32, width: 256, twice: false}}
  layers:
    - {{Detect: {{classes: classes, bins: bins, more: masks, twice: twice}}, name: detect}}
    - {{{whole}, name: whole}}
    - {{Conv: {{out: width, kernel: 3}}, name: fuse}}
    - {{Proto: {{out: masks, width: width}}, name: proto}}
  outputs: {{predictions: detect, prototypes: proto}}
Pose:
  args: {{classes: , bins: 16, numbers: , points: , twice: false}}
  layers:
    - {{Detect: {{classes: classes, bins: bins, more: numbers, twice: twice}}, name: detect}}
Pose26:
  args: {{classes: , bins: 16, numbers: , points: , twice: false}}
  layers:
    - Detect: {{classes: classes, bins: bins, more: numbers, inner: numbers + 2*points, twice: twice}}
      name: detect
OBB:
  args: {{classes: , bins: 16, angles: 1, twice: false}}
  layers:
    - {{Detect: {{classes: classes, bins: bins, more: angles, twice: twice}}, name: detect}}
"""


def _over(maps: int, name: str, tower: str, out: str, width: str) -> str:
    """Return an entry that has a tower on each map, and what all say one behind the other."""
    body = f'{{{tower}: {{out: {out}, width: "{width}"}}'
    inputs = [f"input.{n}" for n in range(maps)] if maps > 1 else ["input"]
    paths = ", ".join(f"{name}{n}: [{body}, from: {given}}}]" for n, given in enumerate(inputs))
    return f"concat: {{axis: positions, {paths}}}, name: {name}"
