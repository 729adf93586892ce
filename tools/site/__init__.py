"""The site: the pages of docs/, the examples as they run, and every public name.

`python -m tools.site` writes a tree of Markdown (`pages`, `lessons`, `reference`), has Zensical
build it, adds the files of the two packages (`listings`), and checks every link (`links`). The
settings and the table of contents are in zensical.toml.
"""
