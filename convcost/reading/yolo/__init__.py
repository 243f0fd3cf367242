"""YOLO model files -> the parts of a spec: rows become layers, modules are blocks in the spec language.

    text -> tree (language) -> what the file says (file) -> its rows as entries (rows), of known modules (modules, heads)

Everything after, from symbols to errors, is that of specs; words keep their places in the file.
"""
