"""Pictures of models, data and training, one line each: a chart that a notebook shows.

Each function returns a `Chart`: it shows itself in a notebook, ``chart.save("a.svg")`` or ``.png``
writes it, ``chart.numbers`` holds what it shows, ``print(chart)`` says it in words.

====================  ============================================================================
convolution           `kernels`, `feature_maps`, `activation_maximization`
a prediction          `saliency`, `grad_cam`, `attention_maps`
recurrence            `recurrence`: the folded and the unrolled view, and the states
classification        `confusion_matrix`, `roc_curve`, `precision_recall_curve`,
                      `decision_boundary`
training              `weight_histograms`, `learning_rate_range`, `optimizer_paths`;
                      `History.plot` for the curves
====================  ============================================================================
"""

from nn.visualize.activation_maximization import activation_maximization
from nn.visualize.attention import attention_maps
from nn.visualize.attribution import grad_cam, saliency
from nn.visualize.classification import confusion_matrix, precision_recall_curve, roc_curve
from nn.visualize.convolution import feature_maps, kernels
from nn.visualize.decision_boundary import decision_boundary
from nn.visualize.optimizer_paths import optimizer_paths
from nn.visualize.recurrence import recurrence
from nn.visualize.training import learning_rate_range, weight_histograms

__all__ = [
    "activation_maximization",
    "attention_maps",
    "confusion_matrix",
    "decision_boundary",
    "feature_maps",
    "grad_cam",
    "kernels",
    "learning_rate_range",
    "optimizer_paths",
    "precision_recall_curve",
    "recurrence",
    "roc_curve",
    "saliency",
    "weight_histograms",
]
