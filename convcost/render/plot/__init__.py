"""Points of two figures as a picture for a paper: scales, labels, and how SVG and pgfplots draw them."""
