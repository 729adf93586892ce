"""scikit-learn's interface around a network, for Pipeline, GridSearchCV, cross_val_score, ...

Needs scikit-learn, which nothing else in `nn` does: ``import nn.sklearn``.

>>> import nn
>>> from nn.sklearn import Classifier
>>> from sklearn.model_selection import GridSearchCV
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> def network(n_outputs, hidden=8):
...     return nn.Sequential([nn.Dense(hidden, activation="relu"), nn.Dense(n_outputs)])
>>> X, y = nn.datasets.load_iris()
>>> classifier = Classifier(network, optimizer=nn.Adam(0.01), epochs=30, random_state=0)
>>> pipeline = make_pipeline(StandardScaler(), classifier)
>>> search = GridSearchCV(pipeline, {"classifier__model__hidden": [4, 16]}, cv=3).fit(X, y)
>>> bool(search.best_score_ > 0.9)
True
"""

try:
    from nn.sklearn.classifier import Classifier
    from nn.sklearn.regressor import Regressor
    from nn.sklearn.transformer import Transformer
except ImportError as error:
    if not (error.name or "").startswith("sklearn"):
        raise
    raise ImportError(
        "nn.sklearn needs scikit-learn 1.6 or later: pip install 'scikit-learn>=1.6'"
    ) from error

__all__ = ["Classifier", "Regressor", "Transformer"]
