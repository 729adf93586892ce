"""Programs as ONNX graphs, for other runtimes; needs the package onnx (extra ``onnx``)."""

from autograd_lite.compiler.onnx.graph import OnnxGraph
from autograd_lite.compiler.onnx.model import onnx_model

__all__ = ["OnnxGraph", "onnx_model"]
