"""For whoever builds on `autograd_lite`: the second door, beside the package's own public names.

`nn` is built on these two and on nothing else. The names here are steadier than the modules behind
them, and less steady than those of `autograd_lite`: CHANGELOG.md says when one changes.

===================  =============================================================================
Tensors              ``leaf`` (around an array that is not copied), ``as_array``, ``unwrap``,
                     ``describe`` (for messages), ``new_stamp`` (mark Variables as changed),
                     ``allow_reading`` (results that are looked at)
operations           ``cast``, ``multiply_no_nan``, ``subtract_max``, ``check_bounds``, ``parts``;
                     with `autograd_lite.primitive` and `gradient` one adds others
windows of arrays    ``windows`` and its adjoint ``fold``; ``window_sum``, ``window_max``
masks                ``Mask``, ``LostMask``, ``mask_of``, ``set_mask``, ``with_mask``, ``unmask``,
                     ``carries_mask``: which samples and steps of a Tensor count, carried on by
                     operations
gradients            ``leaf_gradients``: of weights, for a step; ``node_gradients``: of inner nodes
                     too, as arrays, for looking
nested structures    ``flatten``, ``unflatten``
packages             ``attach``: names that are imported when they are first asked for
dataclasses          ``define``, ``frozen``: those whose methods are not generated for each class;
                     ``Fields`` and ``FrozenFields``, their bases; ``values_of``
symbolic Tensors     ``SymbolicTensor``; ``Call`` and ``record_call``: a call on them, by examples
                     of two lengths; ``parts_of`` and ``map_arguments``: of a call;
                     ``evaluate_function``, ``holds_symbolic``, ``name_of``; ``Length``,
                     ``Repeated``: what follows from the number of samples
operations by name   ``name_of_operation``, ``operation_named``: for files
state                ``Snapshot``: values, generators and attributes, to bring them back
context              ``current_context`` (what surrounds an operation), ``changed``, ``tracing``;
                     ``enter_scope`` and ``leave``; ``first_steps`` (short scans);
                     ``users_stacklevel`` for warnings
effects of a step    ``prepare``, ``supply``, ``fused_update``, ``project``, ``afterwards``
programs             ``trace``, ``Specialization`` (a traced function and what runs it),
                     ``MiniBatches`` (what it runs over, many times), ``Captured``,
                     ``SideEffectError``, ``Report``, ``Program``, ...
the machine          ``usable_cores``, ``blas_threads``, ``set_blas_threads``
checks and pictures  ``Problem``, ``check_problem``, ``Anomaly``, ``report_layout``, ``replay``,
                     ``updated`` (a Graph with an optimizer's step), ``Boundary`` (a model's
                     answers on a grid), ``Palette``, ``LIGHT``, ``DARK``; ``Picture`` of ``Box``
                     and ``Arrow``, with a frame for each ``ScopeCall``; ``charts``: `Chart`, its
                     panels and marks
notebooks            ``Displayed``, ``html_table``, ``html_image``
===================  =============================================================================

Example:
    >>> from autograd_lite.extend import flatten, unflatten
    >>> leaves = flatten({"w": 1, "b": [2, 3]})
    >>> unflatten({"w": 0, "b": [0, 0]}, [10 * x for x in leaves])
    {'w': 10, 'b': [20, 30]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_lite.backward import leaf_gradients, node_gradients
from autograd_lite.context import changed, current_context, enter_scope, first_steps, leave
from autograd_lite.effects import afterwards, fused_update, prepare, project, supply
from autograd_lite.fields import Fields, FrozenFields, define, frozen, values_of
from autograd_lite.formats import Displayed
from autograd_lite.lazy_loading import attach
from autograd_lite.masks import (
    LostMask,
    Mask,
    MaskedTensor,
    carries_mask,
    elementwise,
    is_final,
    lose_mask,
    lost_by,
    mask_of,
    set_mask,
    unmask,
)
from autograd_lite.minibatches import MiniBatches
from autograd_lite.named_operations import name_of_operation, operation_named
from autograd_lite.openblas import blas_threads, set_blas_threads, usable_cores
from autograd_lite.primitives import (
    cast,
    check_bounds,
    multiply_no_nan,
    subtract_max,
    with_mask,
)
from autograd_lite.rules.joining import parts
from autograd_lite.rules.pooling import window_max, window_sum
from autograd_lite.rules.windows import fold, windows
from autograd_lite.short_tracebacks import is_ours, shorten
from autograd_lite.snapshot import Snapshot
from autograd_lite.symbolic import Call, SymbolicTensor, holds_symbolic, name_of, parts_of
from autograd_lite.symbolic_calls import (
    Length,
    Repeated,
    evaluate_function,
    map_arguments,
    record_call,
)
from autograd_lite.tape import tracing, users_stacklevel
from autograd_lite.tensor import allow_reading, as_array, describe, leaf, new_stamp, unwrap
from autograd_lite.tree import flatten, unflatten

if TYPE_CHECKING:
    from autograd_lite.anomaly.report import Anomaly
    from autograd_lite.anomaly.report import layout as report_layout
    from autograd_lite.compiler.captured.places import Attributes
    from autograd_lite.compiler.captured.walk import Captured
    from autograd_lite.compiler.engines.native import native_is_installed, require_native
    from autograd_lite.compiler.export import save as save_program
    from autograd_lite.compiler.export import write_files as write_program_files
    from autograd_lite.compiler.heap import give_back_freed_memory
    from autograd_lite.compiler.onnx.model import onnx_model
    from autograd_lite.compiler.onnx.writing import Writing as OnnxWriting
    from autograd_lite.compiler.program import Program, Value
    from autograd_lite.compiler.reports.report import Report
    from autograd_lite.compiler.source.expressions import comment_text
    from autograd_lite.compiler.source.shape_polymorphic import (
        ShapePolymorphicSource,
        shape_polymorphic_source,
    )
    from autograd_lite.compiler.specialization import Specialization
    from autograd_lite.compiler.tracing.trace import SideEffectError, trace
    from autograd_lite.graphs.data import ScopeCall
    from autograd_lite.graphs.update import updated
    from autograd_lite.testing.check import check_problem
    from autograd_lite.testing.problem import Problem
    from autograd_lite.visualize import charts
    from autograd_lite.visualize.notebook import image as html_image
    from autograd_lite.visualize.notebook import table as html_table
    from autograd_lite.visualize.picture import Arrow, Box, Picture
    from autograd_lite.visualize.replay import replay
    from autograd_lite.visualize.replay.boundary import Boundary
    from autograd_lite.visualize.style import DARK, LIGHT, Palette

__all__ = [
    "DARK",
    "LIGHT",
    "Anomaly",
    "Arrow",
    "Attributes",
    "Boundary",
    "Box",
    "Call",
    "Captured",
    "Displayed",
    "Fields",
    "FrozenFields",
    "Length",
    "LostMask",
    "Mask",
    "MaskedTensor",
    "MiniBatches",
    "OnnxWriting",
    "Palette",
    "Picture",
    "Problem",
    "Program",
    "Repeated",
    "Report",
    "ScopeCall",
    "ShapePolymorphicSource",
    "SideEffectError",
    "Snapshot",
    "Specialization",
    "SymbolicTensor",
    "Value",
    "afterwards",
    "allow_reading",
    "as_array",
    "attach",
    "blas_threads",
    "carries_mask",
    "cast",
    "changed",
    "charts",
    "check_bounds",
    "check_problem",
    "comment_text",
    "current_context",
    "define",
    "describe",
    "elementwise",
    "enter_scope",
    "evaluate_function",
    "first_steps",
    "flatten",
    "fold",
    "frozen",
    "fused_update",
    "give_back_freed_memory",
    "holds_symbolic",
    "html_image",
    "html_table",
    "is_final",
    "is_ours",
    "leaf",
    "leaf_gradients",
    "leave",
    "lose_mask",
    "lost_by",
    "map_arguments",
    "mask_of",
    "multiply_no_nan",
    "name_of",
    "name_of_operation",
    "native_is_installed",
    "new_stamp",
    "node_gradients",
    "onnx_model",
    "operation_named",
    "parts",
    "parts_of",
    "prepare",
    "project",
    "record_call",
    "replay",
    "report_layout",
    "require_native",
    "save_program",
    "set_blas_threads",
    "set_mask",
    "shape_polymorphic_source",
    "shorten",
    "subtract_max",
    "supply",
    "trace",
    "tracing",
    "unflatten",
    "unmask",
    "unwrap",
    "updated",
    "usable_cores",
    "users_stacklevel",
    "values_of",
    "window_max",
    "window_sum",
    "windows",
    "with_mask",
    "write_program_files",
]


# What few programs use is imported when it is first asked for.
if not TYPE_CHECKING:
    __getattr__, _, _ = attach(
        __name__,
        {
            "autograd_lite.anomaly.report": "Anomaly report_layout=layout",
            "autograd_lite.compiler.captured.places": "Attributes",
            "autograd_lite.compiler.captured.walk": "Captured",
            "autograd_lite.compiler.engines.native": "native_is_installed require_native",
            "autograd_lite.compiler.export": "save_program=save write_program_files=write_files",
            "autograd_lite.compiler.heap": "give_back_freed_memory",
            "autograd_lite.compiler.onnx.model": "onnx_model",
            "autograd_lite.compiler.onnx.writing": "OnnxWriting=Writing",
            "autograd_lite.compiler.program": "Program Value",
            "autograd_lite.compiler.reports.report": "Report",
            "autograd_lite.compiler.source.expressions": "comment_text",
            "autograd_lite.compiler.source.shape_polymorphic": (
                "ShapePolymorphicSource shape_polymorphic_source"
            ),
            "autograd_lite.compiler.specialization": "Specialization",
            "autograd_lite.compiler.tracing.trace": "SideEffectError trace",
            "autograd_lite.graphs.data": "ScopeCall",
            "autograd_lite.graphs.update": "updated",
            "autograd_lite.testing.check": "check_problem",
            "autograd_lite.testing.problem": "Problem",
            "autograd_lite.visualize.": "charts",
            "autograd_lite.visualize.notebook": "html_image=image html_table=table",
            "autograd_lite.visualize.picture": "Arrow Box Picture",
            "autograd_lite.visualize.replay": "replay",
            "autograd_lite.visualize.replay.boundary": "Boundary",
            "autograd_lite.visualize.style": "DARK LIGHT Palette",
        },
    )
