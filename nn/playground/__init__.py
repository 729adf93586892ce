"""A playground in the browser: a small network, trained by `nn` while you watch and change it.

``python -m nn.playground`` serves it to this computer alone. It needs the extra ``playground``.
"""
