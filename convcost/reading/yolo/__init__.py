"""YOLO model files -> the parts of a spec: rows become layers, modules are blocks in the spec language.

    text -> tree (language) -> symbols and variants (constants), rows -> entries of a list of layers (rows, arguments)
                               of blocks (modules, heads)

Everything after, from symbols to errors, is that of specs; words keep their places in the file.
"""
