"""nn.visualize: the numbers that charts show, and what is said of mistakes."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import layers, visualize

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(2, 8, 8, 1)).astype(np.float32)
LABELS = np.array([0, 0, 1, 1, 0, 1, 0, 1, 1, 0])
SCORES = np.array([0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.2, 0.9, 0.7, 0.6])
THREE = np.array([0, 1, 2, 2, 1, 0])
OF_THREE = np.array(
    [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6], [0.5, 0.1, 0.4], [0.3, 0.4, 0.3],
     [0.4, 0.5, 0.1]]
)  # fmt: skip


@pytest.fixture(scope="module")
def network():
    nn.set_random_seed(0)
    model = nn.Sequential(
        [
            nn.Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.GlobalAveragePooling2D(),
            nn.Dense(4, activation="softmax", name="last"),
        ],
        name="net",
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def charts_of(network):
    """One chart of each kind."""
    walk = {"SGD": nn.SGD(0.1), "Adam": nn.Adam(0.1)}
    points = RNG.normal(size=(30, 2))
    plane = nn.Sequential([nn.Input((2,)), nn.Dense(1, activation="sigmoid")], name="plane")
    x = nn.Input((5, 4))
    attending = nn.Model(x, layers.MultiHeadAttention(2, 4)(x, x))
    steps = RNG.normal(size=(1, 5, 4)).astype(np.float32)
    yield visualize.kernels(network.layers[0])
    yield visualize.feature_maps(network, IMAGES)
    yield visualize.activation_maximization(network, (8, 8, 1), range(2), steps=2)
    yield visualize.saliency(network, IMAGES)
    yield visualize.grad_cam(network, IMAGES)
    yield visualize.attention_maps(attending, steps, tokens=["<a>", "b", "c", "d", "e"])
    yield visualize.recurrence(layers.LSTM(3), np.repeat(steps, 4, axis=1))
    yield visualize.confusion_matrix(THREE, OF_THREE)
    yield visualize.roc_curve(LABELS, SCORES)
    yield visualize.precision_recall_curve(THREE, OF_THREE)
    yield visualize.decision_boundary(plane, points, points[:, 0] > 0, side=12)
    yield visualize.weight_histograms(network)
    yield visualize.learning_rate_range(network, IMAGES, np.array([0, 1]))
    yield visualize.optimizer_paths(lambda w: np.sum(w**2), [1.0, 2.0], walk, steps=3)


def test_every_kind_of_chart_is_a_picture_with_a_title_and_words(network, tmp_path):
    names = set()
    for chart in charts_of(network):
        root = ET.fromstring(chart.svg)
        title, description = root[0].text, root[1].text
        names.add(title)
        assert title == chart.title
        assert description == chart.description
        assert len(description) > 20
        assert repr(chart) == f"{title}\n{description}"
        shown = chart._repr_mimebundle_()
        assert shown["text/html"].startswith('<img alt="')
        assert shown["text/plain"] == repr(chart)
        assert not re.search("NaN|nan|inf\\b", re.sub('"data:[^"]*"', "", chart.svg))
        assert "http" not in chart.svg.replace("http://www.w3.org/2000/svg", "")
        sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)px", chart.svg)]
        assert min(sizes) >= 11
    assert len(names) == 14 == len(visualize.__all__)
    chart.save(tmp_path / "paths.png")
    chart.save(tmp_path / "paths.txt")
    assert (tmp_path / "paths.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match=r"'\.jpg' names no format.* Known: .svg, .png, .txt"):
        chart.save("paths.jpg")


# -- classification --------------------------------------------------------------------------------


def test_a_roc_curve():
    """Numbers of sklearn.metrics.roc_curve(drop_intermediate=False), scikit-learn 1.9.1."""
    found = visualize.roc_curve(LABELS, SCORES).numbers
    assert found["false_positive_rate"] == pytest.approx([0, 0, 0, 0, 0.2, 0.6, 0.6, 0.8, 1])
    assert found["true_positive_rate"] == pytest.approx([0, 0.2, 0.4, 0.6, 0.6, 0.8, 1, 1, 1])
    assert found["thresholds"].tolist() == [np.inf, 0.9, 0.8, 0.7, 0.6, 0.4, 0.35, 0.2, 0.1]
    assert found["auc"] == pytest.approx(0.8)
    assert visualize.roc_curve(THREE, OF_THREE).numbers["auc"] == pytest.approx([0.875, 0.875, 1])
    assert visualize.roc_curve(LABELS[:, None], SCORES[:, None]).numbers["auc"] == found["auc"]


def test_a_precision_recall_curve():
    """Numbers of sklearn.metrics.precision_recall_curve, scikit-learn 1.9.1, from the other end."""
    found = visualize.precision_recall_curve(LABELS, SCORES).numbers
    precision = [1, 1, 1, 1, 0.75, 0.5714285714285714, 0.625, 0.5555555555555556, 0.5]
    assert found["precision"] == pytest.approx(precision)
    assert found["recall"] == pytest.approx([0, 0.2, 0.4, 0.6, 0.6, 0.8, 1, 1, 1])
    assert found["average_precision"] == pytest.approx(0.8392857142857143)
    several = visualize.precision_recall_curve(THREE, OF_THREE).numbers["average_precision"]
    assert several == pytest.approx([0.8333333333333333, 0.8333333333333333, 1])


def test_a_confusion_matrix():
    chart = visualize.confusion_matrix(THREE, OF_THREE, classes=["a", "b", "c"])
    assert chart.numbers["counts"].tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert chart.numbers["accuracy"] == pytest.approx(4 / 6)
    assert "4 of 6 are right (66.7 %)" in chart.description
    assert "a taken for b, 1 of 2" in chart.description


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([0, 1], [0.1, np.nan], "NaN or infinities"),
        ([0, 0], [0.1, 0.2], "all samples or none are of class 1"),
        ([0, 2], [0.1, 0.2], "labels from 0 to 1"),
        ([0, 1, 1], [0.1, 0.2], r"got \(3,\) and \(2,\)"),
    ],
)
def test_what_has_no_curve(labels, scores, message):
    with pytest.raises(ValueError, match=message):
        visualize.roc_curve(labels, scores)


# -- gradients -------------------------------------------------------------------------------------


def test_grad_cam_before_global_pooling_is_the_class_activation_map(network):
    """Selvaraju et al., 2017, section 3.1: with w the weights behind the mean of the maps A, the
    weights of Grad-CAM are w / Z, Z the number of places."""
    maps = network.layers[0](IMAGES).data[0]
    w = network.layers[-1].kernel.data
    found = visualize.grad_cam(network, IMAGES, 2).numbers
    np.testing.assert_allclose(found["map"], np.maximum(maps @ w[:, 2], 0) / 36, rtol=1e-5)
    assert found["target"] == 2
    with pytest.raises(ValueError, match="target is a class from 0 to 3, got 4"):
        visualize.grad_cam(network, IMAGES, 4)
    with pytest.raises(ValueError, match=r"unknown layer .*'convv'. Did you mean 'conv'\?"):
        visualize.grad_cam(network, IMAGES, 1, "convv")
    with pytest.raises(ValueError, match=r"last gives \(2, 4\), no maps"):
        visualize.grad_cam(network, IMAGES, 1, "last")


def test_saliency_is_the_slope_of_the_logit(network):
    """By central differences; the softmax is left out."""
    found = visualize.saliency(network, IMAGES, 1).numbers["saliency"]

    def logit(x):
        pooled = network.layers[1](network.layers[0](x)).data
        return float((pooled @ network.layers[-1].kernel.data)[0, 1])

    for i, j in ((3, 3), (0, 7), (5, 2)):
        up, down = IMAGES[:1].copy(), IMAGES[:1].copy()
        up[0, i, j], down[0, i, j] = up[0, i, j] + 1e-2, down[0, i, j] - 1e-2
        slope = abs(logit(up) - logit(down)) / 2e-2
        assert found[i, j] == pytest.approx(slope, rel=1e-2, abs=1e-5)


def test_saliency_of_tokens_is_by_their_embedding():
    embedding, last = nn.Embedding(5, 3, name="words"), nn.Dense(2, name="score")
    model = nn.Sequential([nn.Input((4,), dtype="int32"), embedding, nn.Flatten(), last])
    chart = visualize.saliency(model, np.array([[1, 0, 3, 3]]), 1, tokens=["a", "b", "c", "d"])
    w = last.kernel.data[:, 1].reshape(4, 3)
    assert chart.numbers["saliency"] == pytest.approx(np.linalg.norm(w, axis=1))


def test_activation_maximization_of_a_linear_unit_walks_along_its_weights():
    """x = x₀ + n · rate · w / |w|, so that the output rises by n · rate · |w|."""
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3)])
    found = visualize.activation_maximization(
        model, (4,), [2], steps=5, rate=0.5, image_shape=(2, 2)
    ).numbers
    (before, after), w = found["outputs"][0], model.layers[0].kernel.data[:, 2]
    assert after - before == pytest.approx(5 * 0.5 * np.linalg.norm(w), rel=1e-5)
    with pytest.raises(ValueError, match=r"say which it is, image_shape=\(height, width\)"):
        visualize.activation_maximization(model, (4,), [0])


def test_a_unit_that_is_dead_stays_where_it_is(network):
    model = nn.models.clone_model(network)
    model.layers[0].set_weights([np.zeros((3, 3, 1, 3)), -np.ones(3)])
    chart = visualize.activation_maximization(model, (8, 8, 1), [0], "conv")
    assert chart.numbers["outputs"].tolist() == [[0, 0]]


# -- layers ----------------------------------------------------------------------------------------


def test_kernels_and_feature_maps(network):
    kernel = network.layers[0].kernel.data
    found = visualize.kernels(network.layers[0]).numbers["kernels"]
    assert found[2].tolist() == kernel[:, :, 0, 2].tolist()
    maps = visualize.feature_maps(network, IMAGES).numbers
    assert list(maps) == ["conv"]
    np.testing.assert_array_equal(maps["conv"], network.layers[0](IMAGES).data[0])
    with pytest.raises(ValueError, match="has no kernel that is an image"):
        visualize.kernels(network.layers[1])
    with pytest.raises(ValueError, match=r"takes a batch, got shape \(8,\)"):
        visualize.feature_maps(network, IMAGES[0, 0, :, 0])


def test_attention_is_that_of_the_layer():
    x = nn.Input((5, 4))
    attention = layers.MultiHeadAttention(2, 4)
    model = nn.Model(x, nn.Dense(3, activation="softmax")(attention(x, x)))
    steps = RNG.normal(size=(1, 5, 4)).astype(np.float32)
    _, weights = attention(steps, steps, return_attention_scores=True)
    found = visualize.attention_maps(model, steps).numbers["weights"]
    np.testing.assert_array_equal(found, weights.data[0])
    assert found.sum(axis=-1) == pytest.approx(np.ones((2, 5)))
    with pytest.raises(ValueError, match="3 tokens are given for 5 steps"):
        visualize.attention_maps(model, steps, tokens="abc")
    dense = nn.Sequential([nn.Input((4,)), nn.Dense(2, activation="softmax")])
    with pytest.raises(ValueError, match="attends: no softmax over steps"):
        visualize.attention_maps(dense, np.ones((1, 4)))
    several = nn.Sequential([nn.Input((5, 4)), nn.Dense(3, activation="softmax"), nn.Dense(2)])
    with pytest.raises(ValueError, match="attends: no softmax over steps"):
        visualize.attention_maps(several, steps)  # a softmax over units, not over steps


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_states_are_the_outputs_of_the_steps(kind, backwards):
    layer = getattr(layers, kind)(3, return_sequences=True, go_backwards=backwards)
    steps = RNG.normal(size=(2, 6, 4)).astype(np.float32)
    expected = layer(steps).data[0]
    found = visualize.recurrence(layer, steps).numbers["states"]
    np.testing.assert_allclose(found, expected[::-1] if backwards else expected, 1e-4, 1e-6)
    with pytest.raises(TypeError, match="draws a recurrent layer, got Dense"):
        visualize.recurrence(nn.Dense(3), steps)


# -- training --------------------------------------------------------------------------------------


def test_paths_of_gradient_descent_and_momentum_on_a_parabola():
    """w ← (1 − 2 · rate) w; with momentum v ← 0.5 v − 2 · rate · w, w ← w + v."""
    chart = visualize.optimizer_paths(
        lambda w: np.sum(w**2),
        [1.0, -2.0],
        {"SGD": nn.SGD(0.1), "momentum": nn.SGD(0.1, momentum=0.5)},
        steps=6,
    )
    paths, losses = chart.numbers["paths"], chart.numbers["losses"]
    start = np.array([1.0, -2.0])
    assert paths["SGD"] == pytest.approx(np.array([0.8**k * start for k in range(7)]))
    assert losses["SGD"] == pytest.approx([5 * 0.64**k for k in range(7)])
    w, v = start, 0
    for k in range(7):
        assert paths["momentum"][k] == pytest.approx(w)
        v = 0.5 * v - 0.2 * w
        w = w + v


def test_a_path_ends_where_the_loss_is_not_finite():
    path = visualize.optimizer_paths(
        lambda w: np.sum(w**4), [10.0, 0.0], {"SGD": nn.SGD(1.0)}, steps=9
    ).numbers["paths"]["SGD"]
    assert 2 < len(path) < 9  # |w| is cubed at each step
    used = nn.SGD(0.1)
    used.apply([ag.Tensor([1.0])], [ag.Variable([1.0])])
    with pytest.raises(ValueError, match="has taken steps before"):
        visualize.optimizer_paths(lambda w: np.sum(w), [0, 0], {"used": used})
    with pytest.raises(ValueError, match=r"two weights, got a start of shape \(3,\)"):
        visualize.optimizer_paths(lambda w: np.sum(w), [0, 0, 0], {})


@pytest.mark.parametrize("classes", [2, 3])
def test_a_decision_boundary(classes):
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1 if classes == 2 else 3)])
    w = [[4.0], [0.0]] if classes == 2 else [[4.0, -4.0, 0.0], [0.0, 0.0, 9.0]]
    model.layers[0].set_weights([np.array(w), np.zeros(np.shape(w)[1])])
    X = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 2.0], [-1.0, -1.0]])
    y = np.array([0, 1, 1, 1]) if classes == 2 else np.array([1, 0, 2, 2])
    found = visualize.decision_boundary(model, X, y, side=20).numbers
    left, right, *_ = found["extent"]
    assert left < -1 < 1 < right
    answers = found["answers"]
    assert answers.shape == (20, 20)
    across = left + (np.arange(20) + 0.5) * (right - left) / 20
    if classes == 2:
        assert answers[7] == pytest.approx(1 / (1 + np.exp(-4 * across)), rel=1e-5)
        assert found["accuracy"] == 0.5  # logit 0 at (0, 2) is no 1
    else:
        assert answers[-1].tolist() == [2] * 20
        assert answers[0].tolist() == [1 if x < 0 else 0 for x in across]
        assert found["accuracy"] == 0.75
    with pytest.raises(ValueError, match="samples of two features"):
        visualize.decision_boundary(model, np.ones((4, 3)), y)


def test_weight_histograms_count_every_weight(network):
    found = visualize.weight_histograms(network).numbers
    for path, v in (("conv/kernel", network.layers[0].kernel), ("last/bias", network.weights[-1])):
        assert found[path]["counts"].sum() == v.size
        assert found[path]["mean"] == pytest.approx(float(v.data.mean()), abs=1e-7)
    with pytest.raises(ValueError, match="has no weights yet"):
        visualize.weight_histograms(nn.Sequential([nn.Dense(2)]))


def test_what_is_not_finite_or_not_there_is_refused(network):
    blank = np.full((1, 8, 8, 1), np.nan)
    for draw in (visualize.saliency, visualize.grad_cam):
        with pytest.raises(ValueError, match="look for NaN in the inputs"):
            draw(network, blank)
    assert visualize.feature_maps(network, blank).svg
    with pytest.raises(ValueError, match="no samples"):
        visualize.confusion_matrix([], [])
    with pytest.raises(ValueError, match="one optimizer at least"):
        visualize.optimizer_paths(lambda w: np.sum(w), [0, 0], {})
    with pytest.raises(TypeError, match="give its forward_layer"):
        visualize.recurrence(layers.Bidirectional(layers.GRU(2)), np.ones((1, 2, 2)))


def test_images_of_bytes_and_one_hot_labels(network):
    image = RNG.integers(0, 255, (1, 8, 8, 1)).astype(np.uint8)
    found = visualize.saliency(network, image, 0).numbers["saliency"]
    expected = visualize.saliency(network, image.astype(np.float32), 0).numbers["saliency"]
    np.testing.assert_array_equal(found, expected)
    by_label = visualize.roc_curve(THREE, OF_THREE).numbers["auc"]
    assert visualize.roc_curve(np.eye(3)[THREE], OF_THREE).numbers["auc"] == by_label


def model_of(*parts, **options):
    return nn.Sequential(list(parts), **options)


REFUSED = {
    "a name": (lambda m: visualize.kernels("conv"), r"model.get_layer\('conv'\)"),
    "no model": (lambda m: visualize.saliency(None, IMAGES), "give a model or a layer itself"),
    "a function": (lambda m: visualize.decision_boundary(len, [[0, 1]], [1]), "a model or a layer"),
    "no sample": (lambda m: visualize.saliency(m, IMAGES[:0]), "no sample to draw"),
    "no steps": (
        lambda m: visualize.recurrence(layers.GRU(2), np.ones((0, 2, 2))),
        "no sample to draw",
    ),
    "half a class": (lambda m: visualize.saliency(m, IMAGES, 1.5), "from 0 to 3, got 1.5"),
    "a unit too many": (
        lambda m: visualize.activation_maximization(m, (8, 8, 1), 9, "conv"),
        "a unit is a number from 0 to 2, got 9",
    ),
    "no units": (
        lambda m: visualize.activation_maximization(m, (8, 8, 1), []),
        "no units to draw",
    ),
    "no heads": (lambda m: visualize.attention_maps(m, IMAGES, heads=0), "heads is 1 or more"),
    "no such layer": (lambda m: visualize.attention_maps(m, IMAGES, "convv"), "mean 'conv'"),
    "missing tokens": (
        lambda m: visualize.saliency(model_of(nn.Dense(2)), np.ones((1, 3)), tokens="ab"),
        "2 tokens are given for 3 steps",
    ),
    "scores of NaN": (
        lambda m: visualize.confusion_matrix([0, 1], [[0.5, np.nan], [0.1, 0.9]]),
        "y_pred has NaN",
    ),
    "labels of NaN": (lambda m: visualize.confusion_matrix([0, np.nan], [0, 1]), "y_true .* got"),
    "words": (lambda m: visualize.confusion_matrix(["a"], ["a"]), "return_inverse=True"),
    "one-hot": (lambda m: visualize.confusion_matrix(np.eye(3), [0, 1, 2]), "argmax"),
    "probabilities": (lambda m: visualize.confusion_matrix([0, 1], [[0.2], [0.7]]), "> 0.5"),
    "a huge label": (lambda m: visualize.confusion_matrix([0, 10**6], [0, 1]), "at most 300"),
    "an unknown class": (
        lambda m: visualize.confusion_matrix([0, 5], [[0.2, 0.8], [0.3, 0.7]]),
        "a label 5",
    ),
    "no scores": (lambda m: visualize.roc_curve([], []), "no samples"),
    "no place": (
        lambda m: visualize.decision_boundary(m, [[np.nan, 1], [1, 2]], [0, 1]),
        "no finite numbers",
    ),
    "a target too few": (
        lambda m: visualize.decision_boundary(m, np.ones((4, 2)), [0, 1]),
        "X has 4 samples .* y has 2",
    ),
    "a class too many": (
        lambda m: visualize.decision_boundary(model_of(nn.Dense(1)), np.eye(2), [0, 7]),
        "knows 2 classes, but y has class 7",
    ),
    "weights of NaN": (
        lambda m: visualize.decision_boundary(
            model_of(nn.Dense(1, kernel_initializer=nn.initializers.Constant(np.nan))),
            np.eye(2),
            [0, 1],
        ),
        "answers NaN or infinity",
    ),
    "no mapping": (
        lambda m: visualize.optimizer_paths(np.sum, [0.0, 1.0], [nn.SGD(0.1)]),
        "by name",
    ),
    "no Tensor": (
        lambda m: visualize.optimizer_paths(lambda w: 3.0, [0.0, 1.0], {"a": "sgd"}),
        "computed from the Tensor w",
    ),
    "no number": (
        lambda m: visualize.optimizer_paths(lambda w: w * 2, [0.0, 1.0], {"a": "sgd"}),
        "one number, got the shape",
    ),
    "data of NaN": (
        lambda m: visualize.learning_rate_range(m, IMAGES * np.nan, np.array([0, 1])),
        "cannot be computed.*NaN",
    ),
    "no data": (
        lambda m: visualize.learning_rate_range(m, IMAGES[:0], np.zeros(0, int)),
        "no samples",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_drawn_is_refused_with_the_reason(network, what):
    draw, message = REFUSED[what]
    with pytest.raises((TypeError, ValueError), match=f"(?s){message}"):
        draw(network)


def test_several_inputs_are_refused():
    one, two = nn.Input((2,)), nn.Input((2,))
    model = nn.Model([one, two], nn.Dense(2)(one + two))
    with pytest.raises(ValueError, match="takes several inputs, and one is drawn"):
        visualize.saliency(model, [np.ones((1, 2)), np.ones((1, 2))])


def test_many_classes_and_samples_are_drawn_small():
    labels = np.arange(200)
    chart = visualize.confusion_matrix(labels, labels)
    assert "200 of 200 are right" in chart.description
    assert len(chart.svg) < 100_000
    model = model_of(nn.Input((2,)), nn.Dense(7))
    X = RNG.normal(size=(5000, 2))
    chart = visualize.decision_boundary(model, X, np.arange(5000) % 7, side=20)
    assert "One sample of 3 is drawn" in chart.description
    assert len(chart.svg) < 400_000
    looks = {visualize_form(chart, f"class {c}") for c in range(7)}
    assert len(looks) == 7  # the first colour comes again with another shape


def visualize_form(chart, name):
    """The sample of a legend that stands before a name."""
    sample = chart.svg.partition(f">{name}</text>")[0].rpartition("<path")[2]
    return re.sub(r"transform=\S+ \S+", "", sample)


def test_cells_are_drawn_whichever_way_their_rows_run(network):
    """A row of cells without an axis beside it: each has a height."""
    model = model_of(nn.Input((3,)), nn.Dense(2, kernel_initializer="ones"))
    svg = visualize.saliency(model, np.ones((1, 3)), 1).svg
    heights = re.findall(r'class="cell"[^>]* height="([\d.-]+)"', svg)
    assert heights == ["34"] * 3


def test_nan_is_said(network):
    layer = nn.Sequential([nn.Input((4, 4, 1)), layers.Conv2D(2, 3)]).layers[0]
    layer.kernel.assign(np.full(layer.kernel.shape, np.nan))
    assert "18 of 18 values are NaN or infinite" in visualize.kernels(layer).description
    blank = np.full((1, 8, 8, 1), np.nan)
    assert "conv: 108 of 108 values are NaN" in visualize.feature_maps(network, blank).description
    one = visualize.feature_maps(network, IMAGES, "conv")
    assert list(one.numbers) == ["conv"]
