"""The same convolution by other algorithms: what im2col, Winograd, FFT and separable kernels take.

Formulas only, for one sample: pure functions of a convolution and the shape it is given.
"""
