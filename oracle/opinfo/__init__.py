"""The samples that PyTorch tests its own operators with: `python -m oracle.opinfo --help`.

Value, gradient and a Hessian-vector product of each sample, in PyTorch and here; `spelling` says
what an operator of PyTorch is called in NumPy.
"""
