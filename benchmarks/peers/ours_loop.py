"""A training loop as a learner writes it: loss, `backward()`, `optimizer.apply`; no `compile`."""

from benchmarks.peers import OURS
from benchmarks.peers.ours import VERSION, criterion, model_of, optimizer, parameters_of

TITLE = "ours, own loop"
ROLE = OURS

__all__ = ["ROLE", "TITLE", "VERSION", "make_step"]


class LoopStep:
    """Keras's layers, loss and optimizer, called by hand."""

    def __init__(self, workload):
        self.x, self.y = workload.data()
        self.model, self.criterion = model_of(workload), criterion(workload)
        self.optimizer, self.variables = optimizer(workload), self.model.trainable_variables

    def step(self):
        self.model.zero_grad()
        self.value = self.criterion(self.y, self.model(self.x, training=True))
        self.value.backward()
        self.optimizer.apply([v.grad for v in self.variables], self.variables)

    def loss(self):
        return float(self.value)

    def parameters(self):
        return parameters_of(self.model)


make_step = LoopStep
