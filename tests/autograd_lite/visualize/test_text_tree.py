import numpy as np

import autograd_lite as ag
from autograd_lite.graphs import graph
from autograd_lite.visualize.options import options
from autograd_lite.visualize.picture import picture
from autograd_lite.visualize.text import text


def tree(J, limit=1_000):
    return text(picture(graph(J), options(limit=limit)))


def body(J, limit=1_000):
    return tree(J, limit).split("\n\n")[1].split("\n")


def test_logistic_regression():
    x = np.array([[1.0, 2.0], [-1.0, 0.5]])
    w = ag.Tensor([[0.0], [0.0]], requires_grad=True, name="w")
    J = np.mean(np.log1p(np.exp(-(x @ w))))
    # At w = 0: J = log 2; dJ/dz = -1/2 / m = -0.25; dJ/dw = x' dJ/dz = (0, -0.625).
    assert (
        tree(J)
        == """\
5 operations, 2 weights in 1 array, 1 input
result on top; ← names the inputs of a line; gradient: ∂J/∂line

┌ #6 J = mean(v₄) ← #5    scalar = 0.6931  gradient 1              result
├ #5 v₄ = log1p(v₃) ← #4  (2, 1)           mean |gradient| 0.5
├ #4 v₃ = exp(v₂) ← #3    (2, 1)           mean |gradient| 0.25
├ #3 v₂ = −v₁ ← #2        (2, 1)           mean |gradient| 0.25
├ #2 v₁ = x @ w ← #1 #0   (2, 1)           mean |gradient| 0.25
├─── #0 w (parameter)     (2, 1)           mean |gradient| 0.3125
└ #1 x                    (2, 2)"""
    )


def test_a_shared_value_is_printed_once_below_its_first_use():
    x = ag.Tensor(2.0, requires_grad=True, name="x")
    shared = np.sin(x)
    lines = body(np.exp(shared) * shared + shared)
    starts = [line.split("  ")[0] for line in lines]
    assert starts == [
        "┌ #4 J = v₃ + v₁ ← #3 #1",
        "├ #3 v₃ = v₂ × v₁ ← #2 #1",
        "├ #2 v₂ = exp(v₁) ← #1",
        "├ #1 v₁ = sin(x) ← #0",
        "└ #0 x (parameter)",
    ]


def test_side_branches_hang_on_the_longest_one():
    a, b, c = (ag.Tensor(2.0, requires_grad=True, name=name) for name in "abc")
    lines = body(np.exp(np.sin(a * b)) + np.cos(c))
    assert [line.split("  scalar")[0].rstrip() for line in lines] == [
        "┌ #7 J = v₃ + v₄ ← #5 #6",
        "├──┬ #6 v₄ = cos(c) ← #2",
        "│  └ #2 c (parameter)",
        "├ #5 v₃ = exp(v₂) ← #4",
        "├ #4 v₂ = sin(v₁) ← #3",
        "├ #3 v₁ = a × b ← #0 #1",
        "├─── #1 b (parameter)",
        "└ #0 a (parameter)",
    ]


def test_a_leaf_is_one_line():
    assert body(ag.Tensor(2.0, name="x")) == ["─ #0 x (input)  scalar = 2    result"]


def test_several_results():
    x = ag.Tensor(2.0, requires_grad=True, name="x")
    lines = body([np.sin(x), np.cos(x)])
    assert [line.split("  ")[0] for line in lines] == [
        "─ #2 v₂ = cos(x) ← #0",
        "┌ #1 v₁ = sin(x) ← #0",
        "└ #0 x (parameter)",
    ]


def test_scopes_are_named_with_their_path():
    x = ag.Tensor(2.0, requires_grad=True)
    with ag.scope("model"):
        for _ in range(2):
            with ag.scope("dense"):
                x = np.sin(x)
    lines = body(x)
    assert "model/dense, call 2 of 2  result" in lines[0]
    assert "model/dense, call 1 of 2" in lines[1]


def test_a_deep_chain_stays_narrow():
    y = ag.Tensor(1.0, requires_grad=True)
    for _ in range(5_000):
        y = np.sin(y) + y
    lines = body(y, limit=20_000)
    assert len(lines) == 10_001
    assert max(len(line) - len(line.lstrip("┌├└│─┬ ")) for line in lines) <= 5


def test_a_balanced_tree_is_indented_only_log2_deep():
    level = [ag.Tensor(1.0, requires_grad=True) for _ in range(64)]
    while len(level) > 1:
        level = [a * b for a, b in zip(level[::2], level[1::2], strict=True)]
    lines = body(level[0])
    assert len(lines) == 127
    assert max(line.index("#") for line in lines) <= 3 * 6 + 5


def test_many_arguments_are_counted():
    parts = [ag.Tensor([1.0], requires_grad=True) for _ in range(30)]
    first = body(np.concatenate(parts))[0]
    assert "← #0 #1 #2 #3 #4 and 25 more" in first


def test_hostile_names_stay_on_their_line():
    x = ag.Tensor(1.0, requires_grad=True, name="a\nb\x1b[2J" + "c" * 10_000)
    lines = body(np.sin(x))
    assert len(lines) == 2
    assert r"a\nb\x1b[2J" in lines[1]
    assert len(lines[1]) < 150
    assert all(line.isprintable() for line in lines)
