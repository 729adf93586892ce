"""What Jupyter shows of a model, a training, a diagnosis, a gradient check and a Tensor."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd_lite as ag
import nn

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X @ np.array([[1.0], [-2.0], [0.5]], np.float32)


@pytest.fixture(scope="module")
def model():
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.Dense(1)], name="<m>")
    model.compile("sgd", "mse")
    return model


def html(thing):
    """The HTML that is shown, which is well-formed; its text is there too, for a terminal."""
    bundle = thing._repr_mimebundle_()
    assert bundle["text/plain"]
    assert "text/html" not in thing._repr_mimebundle_(exclude={"text/html"})
    ET.fromstring(re.sub(r"<(img [^>]*|br)>", r"<\1/>", f"<div>{bundle['text/html']}</div>"))
    assert "<style" not in bundle["text/html"]  # it would be lost, or reach other outputs
    assert "<svg" not in bundle["text/html"]
    return bundle["text/html"]


def cells(page):
    return re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page)


def test_a_model_is_a_table(model):
    page = html(model)
    assert cells(page) == ["Layer (type)", "Output Shape", "Param #", "dense (Dense)", "(None, 4)",
                           "16", "dense_1 (Dense)", "(None, 1)", "5"]  # fmt: skip
    assert "&lt;m&gt;" in page
    assert "Total params: 21 (84.00 B)" in page
    unbuilt = nn.Sequential([nn.Dense(2)])
    assert "?" in cells(html(unbuilt))


def test_a_training_is_its_curves(model):
    history = model.fit(X, Y, epochs=2, verbose=0)
    said = re.search('alt="([^"]+)"', html(history))[1]
    assert said == f"Training: loss {' '.join(str(history).split())}"
    assert nn.History()._repr_mimebundle_() == {"text/plain": "<History, empty>"}


def test_a_diagnosis_is_its_findings_and_rates(model):
    report = nn.diagnose(model, 1000 * X, Y)
    page = html(report)
    assert "unscaled inputs" in cells(page)
    assert page.count("<img ") == 1
    assert report._repr_mimebundle_()["text/plain"] == str(report)


def test_a_gradient_check_is_a_table_and_a_heat_map():
    report = ag.check_gradients(lambda x: np.sum(np.tanh(x)), np.array([[0.1, 0.2]]))
    page = html(report)
    assert cells(page)[:12] == ["", "input", "order", "checked", "worst entry", "gradient",
                                "difference", "gap", "ok", "input 0", "1", "2/2"]  # fmt: skip
    assert "data:image/svg+xml" in page


def test_a_tensor_is_a_card_with_its_gradient():
    w = ag.Tensor([[1.0, -2.0]], requires_grad=True, name="w")
    before = html(w)
    np.sum(w**2).backward()
    assert 'alt="Tensor([[ 1., -2.]], name=' in before
    assert html(w) != before
    for other in (ag.Tensor(2.0), ag.Tensor([True, False]), w * 2, ag.Variable(np.zeros((9, 9)))):
        assert html(other)
    assert "text/html" not in ag.Tensor(np.zeros((0, 3)))._repr_mimebundle_()


def test_a_card_says_why_there_is_no_gradient():
    import base64

    w = ag.Tensor([1.0, 2.0], requires_grad=True)
    svg = base64.b64decode(re.search('base64,([^"]+)', html(w))[1]).decode()
    assert "no gradient: call backward()" in svg
    made = base64.b64decode(re.search('base64,([^"]+)', html(np.exp(w)))[1]).decode()
    assert "made by exp" in made


def test_computing_with_a_gradient_that_there_is_not():
    w = ag.Tensor([1.0, 2.0], requires_grad=True, name="w")
    rate = 0.1
    for update in (lambda: rate * w.grad, lambda: w.grad * 2, lambda: w.data - rate * w.grad):
        with pytest.raises(TypeError, match=r"w.grad is None: .*Call J.backward\(\) first"):
            update()
    with pytest.raises(TypeError, match=r"it requires none.*requires_grad=True"):
        2 * ag.Tensor([1.0]).grad
    with pytest.raises(TypeError, match=r"only leaves keep gradients.*ag.gradients"):
        2 * np.exp(w).grad
    assert w.grad is None
    assert [w.grad, rate * 2] == [None, 0.2]
    assert (w.grad or 3) == 3
    np.sum(w).backward()
    assert (rate * w.grad).tolist() == [0.1, 0.1]
