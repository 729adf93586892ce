"""Callbacks: objects called during training. `Callback` is the base; each file has one."""

from nn.callbacks.backup_and_restore import BackupAndRestore
from nn.callbacks.base import Callback
from nn.callbacks.csv_logger import CSVLogger
from nn.callbacks.early_stopping import EarlyStopping
from nn.callbacks.history import History
from nn.callbacks.lambda_callback import LambdaCallback
from nn.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from nn.callbacks.model_checkpoint import ModelCheckpoint
from nn.callbacks.monitor import Monitor
from nn.callbacks.replay import Replay
from nn.callbacks.swap_ema_weights import SwapEMAWeights
from nn.callbacks.tensorboard import TensorBoard
from nn.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "Monitor",
    "ReduceLROnPlateau",
    "Replay",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]
