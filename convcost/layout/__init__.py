"""Where the boxes and lines of a drawing stand: rows from the top down, lines around boxes, frames around their boxes.

Nothing here knows what is drawn: there are nodes with widths and heights, frames, and edges; and coordinates.
"""

from convcost.layout.graph import Edge, Frame, Layout, Node, Point, Rectangle
from convcost.layout.layout import layout

__all__ = ["Edge", "Frame", "Layout", "Node", "Point", "Rectangle", "layout"]
