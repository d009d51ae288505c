"""Padding that does not depend on the size of the image, as other frameworks have it."""

from mainstem.surface import blocks


def fixed_padding(inputs, kernel_size, rate=1):
    """Zeros around images, so that a VALID convolution with this kernel, dilated by `rate`, keeps their size."""
    around = [(k - 1) * rate for k in kernel_size[:2]]
    pads = [[total // 2, total - total // 2] for total in around]
    return blocks.pad_v1(inputs, [[0, 0], *pads, [0, 0]])
