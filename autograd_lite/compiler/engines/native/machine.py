"""This machine's processor, as LLVM compiles and loads code for it."""

from __future__ import annotations

import ast
import ctypes
import functools
import os
from collections.abc import Mapping, Sequence
from typing import Any

import llvmlite
from llvmlite import binding


@functools.cache
def _target() -> Any:
    """The target of compilation: this processor, with all that it has."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    triple = binding.get_process_triple()
    return binding.Target.from_triple(triple).create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static" if triple.startswith(("x86", "i686")) else "default",
        codemodel="jitdefault",
        jit=True,
    )


@functools.cache
def lanes() -> int:
    """The numbers of float32 that one register of this processor holds."""
    features = binding.get_host_cpu_features()
    return 16 if features.get("avx512f") else 8 if features.get("avx") else 4


def description() -> str:
    """The processor, and who compiles for it."""
    features = binding.get_host_cpu_features().flatten()
    versions = f"llvmlite {llvmlite.__version__} LLVM {binding.llvm_version_info}"
    return f"{binding.get_process_triple()} {binding.get_host_cpu_name()} {features} {versions}"


def code_of(source: str, symbols: Mapping[str, str]) -> bytes:
    """The machine code of functions of a source.

    Args:
        source: a module, in the part of Python that `translate` takes.
        symbols: for the name of each function the one that it is loaded by.
    """
    from autograd_lite.compiler.engines.native.translate import Translation

    target = _target()
    names: dict[str, Any] = {}
    exec(compile(source, "<native>", "exec"), names)
    trees = {x.name: x for x in ast.parse(source).body if isinstance(x, ast.FunctionDef)}
    translation = Translation(target.triple, str(target.target_data))
    for name, symbol in symbols.items():
        translation.add(names[name], trees.get(name), symbol)
    module = binding.parse_assembly(str(translation.module))
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization, options.slp_vectorization = True, False
    passes = binding.create_pass_builder(target, options)
    passes.getModulePassManager().run(module, passes)
    code: bytes = target.emit_object(module)
    return code


def load(code: bytes, symbols: Sequence[str]) -> list[int]:
    """Bring machine code into the process; return the addresses of its symbols."""
    engine = _engine()
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    addresses = [engine.get_function_address(symbol) for symbol in symbols]
    if 0 in addresses:
        raise RuntimeError("machine code does not have the functions that it should have")
    return addresses


@functools.cache
def _engine() -> Any:
    """LLVM's engine, which holds the code of this process."""
    if os.name == "nt":  # elsewhere the C library's functions are found by their names
        library: Any = ctypes.CDLL("ucrtbase")
        for name in ("exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "pow"):
            for symbol in (name, f"{name}f"):
                binding.add_symbol(symbol, ctypes.cast(library[symbol], ctypes.c_void_p).value)
        for symbol in ("malloc", "calloc", "free", "memcpy", "memset", "memmove"):
            binding.add_symbol(symbol, ctypes.cast(library[symbol], ctypes.c_void_p).value)
    return binding.create_mcjit_compiler(binding.parse_assembly(""), _target())
