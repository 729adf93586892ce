"""Callbacks: objects called during training. `Callback` is the base; each file has one."""

from typing import TYPE_CHECKING

from autograd_lite.extend import attach

if TYPE_CHECKING:
    from nn.callbacks.backup_and_restore import BackupAndRestore as BackupAndRestore
    from nn.callbacks.base import Callback as Callback
    from nn.callbacks.csv_logger import CSVLogger as CSVLogger
    from nn.callbacks.early_stopping import EarlyStopping as EarlyStopping
    from nn.callbacks.history import History as History
    from nn.callbacks.lambda_callback import LambdaCallback as LambdaCallback
    from nn.callbacks.learning_rate import LearningRateScheduler as LearningRateScheduler
    from nn.callbacks.learning_rate import ReduceLROnPlateau as ReduceLROnPlateau
    from nn.callbacks.model_checkpoint import ModelCheckpoint as ModelCheckpoint
    from nn.callbacks.monitor import Monitor as Monitor
    from nn.callbacks.replay import Replay as Replay
    from nn.callbacks.swap_ema_weights import SwapEMAWeights as SwapEMAWeights
    from nn.callbacks.tensorboard import TensorBoard as TensorBoard
    from nn.callbacks.terminate_on_nan import TerminateOnNaN as TerminateOnNaN
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "nn.callbacks.backup_and_restore": "BackupAndRestore",
            "nn.callbacks.base": "Callback",
            "nn.callbacks.csv_logger": "CSVLogger",
            "nn.callbacks.early_stopping": "EarlyStopping",
            "nn.callbacks.history": "History",
            "nn.callbacks.lambda_callback": "LambdaCallback",
            "nn.callbacks.learning_rate": "LearningRateScheduler ReduceLROnPlateau",
            "nn.callbacks.model_checkpoint": "ModelCheckpoint",
            "nn.callbacks.monitor": "Monitor",
            "nn.callbacks.replay": "Replay",
            "nn.callbacks.swap_ema_weights": "SwapEMAWeights",
            "nn.callbacks.tensorboard": "TensorBoard",
            "nn.callbacks.terminate_on_nan": "TerminateOnNaN",
        },
    )
