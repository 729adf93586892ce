"""Test modules rewritten so that what they compute passes a watcher."""

import ast
import sys

WATCHER = "__watcher__"  # its name among a rewritten module's globals
# Their frame or their cells would be the watcher's.
UNTOUCHED = {"super", "locals", "globals", "vars", "eval", "exec", "dir"}
ATTRIBUTES = {"T", "mT", "real", "imag", "shape", "ndim", "size", "nbytes", "itemsize", "dtype"}
OPERATORS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Invert: "invert",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}


def rewritten(source, path):
    """The code of a module whose calls, operators, indices and attributes pass the watcher."""
    tree = _Rewriter().visit(ast.parse(source))
    return compile(ast.fix_missing_locations(tree), path, "exec")


def load(module, source, path, watcher):
    """Run a rewritten module in `module`, a fresh one."""
    setattr(module, WATCHER, watcher)
    sys.modules[module.__name__] = module
    exec(rewritten(source, path), module.__dict__)


class _Rewriter(ast.NodeTransformer):
    """``f(x)`` becomes ``__watcher__.call(f, x)``, ``x[i]`` ``__watcher__.item(x, i)``, ..."""

    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Name) and function.id in UNTOUCHED:
            return node
        return self._watched(node, "call", function, *node.args, keywords=node.keywords)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        return self._watched(node, "item", node.value, self._index(node.slice))

    def visit_BinOp(self, node):
        self.generic_visit(node)
        name = ast.Constant(OPERATORS[type(node.op)])
        return self._watched(node, "operator", name, node.left, node.right)

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        if type(node.op) not in OPERATORS or isinstance(node.operand, ast.Constant):
            return node
        name = ast.Constant(OPERATORS[type(node.op)])
        return self._watched(node, "operator", name, node.operand)

    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) > 1 or type(node.ops[0]) not in OPERATORS:
            return node
        name = ast.Constant(OPERATORS[type(node.ops[0])])
        return self._watched(node, "operator", name, node.left, node.comparators[0])

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or node.attr not in ATTRIBUTES:
            return node
        return self._watched(node, "attribute", node.value, ast.Constant(node.attr))

    def visit_FunctionDef(self, node):
        """Decorators and annotations stay: pytest's marks are no subject of the tests."""
        node.args = self.visit(node.args)
        node.body = [self.visit(line) for line in node.body]
        return node

    def visit_Match(self, node):
        return node

    def _index(self, index):
        """What stands between the brackets, as an expression."""
        if isinstance(index, ast.Slice):
            parts = [part or ast.Constant(None) for part in (index.lower, index.upper, index.step)]
            return ast.Call(ast.Name("slice", ast.Load()), parts, [])
        if isinstance(index, ast.Tuple):
            return ast.Tuple([self._index(part) for part in index.elts], ast.Load())
        return index

    def _watched(self, node, method, *arguments, keywords=()):
        watcher = ast.Attribute(ast.Name(WATCHER, ast.Load()), method, ast.Load())
        return ast.copy_location(ast.Call(watcher, list(arguments), list(keywords)), node)
