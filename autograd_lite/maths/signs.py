r"""The signs that a formula may use: each command of LaTeX with its character.

The commands without a character here (``\frac``, ``\text``, ...) are read by `reading`.
"""

from __future__ import annotations

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ϵ",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "ϕ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "ell": "ℓ",
}

# fmt: off
FUNCTIONS = frozenset([
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "det", "exp", "ln", "log", "max", "min",
    "sin", "sinh", "tan", "tanh",
])
# fmt: on

RELATIONS = {
    "=": "=",
    "<": "<",
    ">": ">",
    r"\le": "≤",
    r"\ge": "≥",
    r"\ne": "≠",
    r"\approx": "≈",
    r"\in": "∈",
    r"\to": "→",
}
BINARY = {
    "+": "+",
    "-": "−",
    "*": "*",
    r"\pm": "±",
    r"\cdot": "·",
    r"\odot": "⊙",
    r"\otimes": "⊗",
    r"\times": "×",
    r"\wedge": "∧",
    r"\vee": "∨",
    r"\oplus": "⊕",
    r"\circ": "∘",
}
LARGE = {r"\sum": "∑", r"\prod": "∏", r"\int": "∫"}
SIGNS = (
    RELATIONS
    | BINARY
    | LARGE
    | {
        ",": ",",
        ";": ";",
        ":": ":",
        "/": "/",
        "!": "!",
        "'": "′",
        r"\%": "%",
        r"\partial": "∂",
        r"\neg": "¬",
        r"\infty": "∞",
        r"\top": "⊤",
        r"\ldots": "…",
    }
)

SPACES = {r"\,": " ", r"\;": " ", r"\ ": " ", r"\quad": "   ", r"\qquad": "      "}

# Opening brackets, each with the one that closes it.
BRACKETS = {
    "(": ")",
    "[": "]",
    r"\{": r"\}",
    r"\lvert": r"\rvert",
    r"\lVert": r"\rVert",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
}
BRACKET_SIGNS = {
    "(": "(",
    ")": ")",
    "[": "[",
    "]": "]",
    r"\{": "{",
    r"\}": "}",
    r"\lvert": "|",
    r"\rvert": "|",
    r"\lVert": "‖",
    r"\rVert": "‖",
    r"\lfloor": "⌊",
    r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉",
}
