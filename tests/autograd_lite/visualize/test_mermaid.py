"""The picture as Mermaid source."""

import re

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.visualize import draw
from autograd_lite.visualize.mermaid import MOST_ARROWS, MOST_LETTERS


def lines(J, **choices):
    return draw(J, **choices).mermaid.split("\n")


def test_boxes_arrows_and_subgraphs():
    x = np.ones((3, 2))
    w = ag.Tensor([[0.5], [1.0]], requires_grad=True, name="w")
    with ag.scope("model"):
        z = x @ w
    found = lines(np.sum(z))
    assert found[0] == "flowchart TB"
    start = found.index('subgraph scope0["model"]')
    assert found[start + 1] == "direction TB"
    assert 'node2["v = x #64; w<br>(3, 1)<br>mean #124;gradient#124; 1"]:::operation' not in found
    assert 'node2["v = x #64; w<br>(3, 1)<br>mean |gradient| 1"]:::operation' in found
    assert 'node0[("w<br>(2, 1)<br>mean |gradient| 3")]:::parameter' in found
    assert 'node3("J = sum(v)<br>scalar = 4.5<br>gradient 1"):::output' in found
    assert "node1 -.->|1| node2" in found
    assert "node0 -->|2| node2" in found
    assert "node2 --> node3" in found
    assert lines(np.sum(z), direction="right")[0] == "flowchart LR"


def test_every_frame_is_closed():
    y = ag.Tensor(1.0, requires_grad=True)
    with ag.scope("a"):
        with ag.scope("b"):
            y = np.sin(y)
        with ag.scope("c"):
            y = np.cos(y)
    found = [line for line in lines(y) if line.startswith("subgraph") or line == "end"]
    assert found == [
        *('subgraph scope0["a"]', 'subgraph scope1["b"]', "end", 'subgraph scope2["c"]'),
        *("end", "end"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        '"] --> x["',
        "<script>alert(1)</script>",
        "%%{init: {'theme': 'dark'}}%%",
        "a\nend\nsubgraph",
        "`**markdown**`",
        "style x fill:#f00;",
        "#quot; &amp;",
        "click node0 href javascript:alert(1)",
        "😀",
        "$$x^2$$",
    ],
)
def test_nothing_of_a_name_is_syntax(name):
    with ag.scope(name):
        source = draw(ag.Tensor(1.0, requires_grad=True, name=name) * 2).mermaid
    for label in re.findall(r'\["(.*)"\]|\[\("(.*)"\)\]', source):
        text = "".join(label)
        plain = re.sub(r"<br>|#\d+;", "", text)
        assert not set(plain) & set("\"'<>{}[]#&;:`%$\\\n"), plain
    decoded = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), source)
    assert name.replace("\n", r"\n")[:10] in decoded


def test_a_large_graph_is_collapsed_until_mermaid_can_draw_it():
    y = ag.Tensor(np.ones(3), requires_grad=True, name="x")
    for layer in range(60):
        with ag.scope(f"layer {layer}"):
            for i in range(12):
                y = np.sin(y) if (i + layer) % 2 else np.cos(y)
    d = draw(np.sum(y), limit=10_000)
    assert len(d.picture.arrows) > MOST_ARROWS
    assert d.mermaid.count("-->") <= MOST_ARROWS
    assert len(d.mermaid) <= MOST_LETTERS
    assert "layer 59" in d.mermaid
    assert "721 of 722 nodes are inside 60 layers" in d.mermaid


def test_one_operation_with_more_arguments_than_mermaid_has_arrows():
    x = ag.Tensor([1.0], requires_grad=True)
    source = draw(np.concatenate([x] * 600)).mermaid
    assert source.count("-->") <= MOST_ARROWS
    assert "more" in source


def test_notes_are_part_of_the_picture():
    x = ag.Tensor([1.0, 2.0], requires_grad=True)
    assert any(line.startswith('notes["') for line in lines(x * 2))
