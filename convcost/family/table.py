"""Every member of the convolution family, written by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from convcost.family.members import Member

_MEMBERS = [
    Member(
        "bottleneck",
        "Bottleneck (ResNet)",
        "bottleneck: {width: $width, out: $channels, dilation: $dilation}",
        "He et al. 2016, arXiv:1512.03385, figure 5",
        "A 1x1 convolution to w channels, a 3x3 there, a 1x1 back, and the shortcut added.",
        "never: it is not linear, and it adds its input",
        "not linear",
        linear=False,
    ),
    Member(
        "conv1d",
        "1-D convolution",
        "conv: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, "
        "groups: $groups, bias: $bias}",
        "Waibel et al. 1989, Phoneme recognition using time-delay neural networks",
        "The standard convolution along one axis, such as time; every filter still reads all input channels.",
        "always, on one axis",
        "yes",
        rank=1,
        defaults={"groups": "1"},
    ),
    Member(
        "conv3d",
        "3-D convolution",
        "conv: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, "
        "groups: $groups, bias: $bias}",
        "Tran et al. 2015, arXiv:1412.0767",
        "The standard convolution along three axes, such as time, height and width; not along the channels.",
        "always, on three axes",
        "yes",
        rank=3,
        defaults={"groups": "1"},
    ),
    Member(
        "deformable",
        "Deformable convolution",
        "deformable_conv: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, "
        "deform_groups: $deform_groups, modulated: $modulated, bias: $bias}",
        "Dai et al. 2017, arXiv:1703.06211; with masks: Zhu et al. 2019, arXiv:1811.11168",
        "A standard convolution whose taps are moved by offsets that a second convolution computes from the input.",
        "always: with all offsets 0",
        "yes",
        rank=2,
        linear=False,
    ),
    Member(
        "depthwise",
        "Depthwise convolution",
        "depthwise_conv: {kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, "
        "multiplier: $multiplier, bias: $bias}",
        "Sifre 2014, Rigid-motion scattering for image classification; Howard et al. 2017, arXiv:1704.04861",
        "A grouped convolution with one group per input channel: m filters for each, none across channels.",
        "iff it is diagonal over the channels: output j reads input floor(j/m) alone",
        "diagonal",
    ),
    Member(
        "depthwise_separable",
        "Depthwise separable convolution",
        "depthwise_separable: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, "
        "multiplier: $multiplier, bias: $bias}",
        "Howard et al. 2017, arXiv:1704.04861; Chollet 2017, arXiv:1610.02357",
        "A depthwise convolution for space, then a pointwise one for channels.",
        "iff, for each input channel, its kernels as a matrix of outputs by taps have rank at most m",
        "rank 1 per input channel",
    ),
    Member(
        "dilated",
        "Dilated convolution",
        "conv: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, bias: $bias}",
        "Yu & Koltun 2016, arXiv:1511.07122",
        "A standard convolution with d - 1 positions left out between the taps: extent d(k-1)+1, as many weights.",
        "iff its kernel is zero between the taps",
        "zero between taps",
        defaults={"dilation": "2"},
    ),
    Member(
        "flattened",
        "Flattened convolution",
        "flattened: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, bias: $bias}",
        "Jin, Dundar & Culurciello 2015, arXiv:1412.5474",
        "Three one-dimensional passes, one along the channels, one along each axis.",
        "iff every filter is an outer product of three vectors: all its unfoldings have rank 1",
        "rank 1 per filter",
        rank=2,
    ),
    Member(
        "grouped",
        "Grouped convolution",
        "conv: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, "
        "groups: $groups, bias: $bias}",
        "Krizhevsky, Sutskever & Hinton 2012, ImageNet classification with deep convolutional neural networks",
        "g standard convolutions side by side, each from C/g to C_out/g channels.",
        "iff it is block-diagonal over the channels, with g blocks",
        "block-diagonal",
    ),
    Member(
        "inception",
        "Inception module (GoogLeNet)",
        "inception: {one: $out/4, reduce3: 3*$out/8, three: $out/2, reduce5: $out/16, five: $out/8, pool: $out/8}",
        "Szegedy et al. 2015, arXiv:1409.4842, figure 2b",
        "1x1, 3x3, 5x5 and a pool side by side, the large kernels behind a narrow 1x1; shares as in module 3a.",
        "never: it is not linear",
        "not linear",
        defaults={"out": "256"},
        linear=False,
    ),
    Member(
        "inverted_residual",
        "Inverted residual (MobileNetV2)",
        "inverted_residual: {expansion: $expansion, kernel: $kernel}",
        "Sandler et al. 2018, arXiv:1801.04381, figure 3",
        "A 1x1 convolution to t times the channels, a depthwise one there, a 1x1 back, and the shortcut added.",
        "never: it is not linear, and it adds its input",
        "not linear",
        linear=False,
    ),
    Member(
        "pointwise",
        "Pointwise (1x1) convolution",
        "conv: {out: $out, kernel: 1, stride: $stride, bias: $bias}",
        "Lin, Chen & Yan 2014, arXiv:1312.4400",
        "The standard convolution with kernel 1: channels are mixed, positions are not.",
        "iff all its taps but the middle one are zero",
        "one tap",
    ),
    Member(
        "pointwise_grouped",
        "Pointwise grouped convolution",
        "conv: {out: $out, kernel: 1, stride: $stride, groups: $groups, bias: $bias}",
        "Zhang et al. 2018, arXiv:1707.01083",
        "A pointwise convolution in g groups.",
        "iff all its taps but the middle one are zero, and that is block-diagonal over the channels",
        "one tap, block-diagonal",
    ),
    Member(
        "resnext",
        "ResNeXt unit",
        "resnext_unit: {width: $width, out: $channels, groups: $groups}",
        "Xie et al. 2017, arXiv:1611.05431, figure 3c",
        "ResNet's bottleneck, twice as wide, with its 3x3 in g groups.",
        "never: it is not linear, and it adds its input",
        "not linear",
        defaults={"width": "$channels/2", "groups": "32"},
        linear=False,
    ),
    Member(
        "shuffle",
        "ShuffleNet unit",
        "shuffle_unit: {groups: $groups, width: $width}",
        "Zhang et al. 2018, arXiv:1707.01083, figure 2b",
        "A grouped 1x1 to w channels, a channel shuffle, a depthwise 3x3, a grouped 1x1 back, and the shortcut added.",
        "never: it is not linear, and it adds its input",
        "not linear",
        linear=False,
    ),
    Member(
        "shuffled_grouped",
        "Shuffled grouped convolution",
        "shuffled_group_conv: {out: $out, groups: $groups, kernel: $kernel, stride: $stride, padding: $padding, "
        "bias: $bias}",
        "Zhang et al. 2018, arXiv:1707.01083, figure 1c",
        "A grouped convolution whose output channels are then dealt out, so that the next one reads from every group.",
        "iff it is block-diagonal over the channels once its outputs are put in the shuffle's order",
        "block-diagonal",
    ),
    Member(
        "spatially_separable",
        "Spatially separable convolution",
        "spatially_separable: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, middle: $middle, "
        "bias: $bias}",
        "Szegedy et al. 2016, arXiv:1512.00567, section 3.2",
        "A k x 1 convolution to C_mid channels, then a 1 x k one.",
        "iff its kernel as a matrix of (C, rows) by (C_out, columns) has rank at most C_mid: with one channel, rank 1",
        "rank 1",
        rank=2,
    ),
    Member(
        "squeeze_excite",
        "Squeeze-and-excitation",
        "squeeze_excite: {reduction: $reduction}",
        "Hu et al. 2018, arXiv:1709.01507",
        "No convolution: every channel is weighted by a gate that two small dense layers compute from the means.",
        "never: it is not linear, and it weights channels alone",
        "not linear",
        linear=False,
    ),
    Member(
        "standard",
        "Standard convolution",
        "conv: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, dilation: $dilation, bias: $bias}",
        "LeCun et al. 1998, Gradient-based learning applied to document recognition",
        "Every output sums all taps over all input channels; the others are measured against it.",
        "always: it is one",
        "yes",
    ),
    Member(
        "transposed",
        "Transposed convolution",
        "conv_transpose: {out: $out, kernel: $kernel, stride: $stride, padding: $padding, "
        "output_padding: $output_padding, dilation: $dilation, bias: $bias}",
        "Dumoulin & Visin 2016, arXiv:1603.07285",
        "Every input element scatters a kernel: a standard convolution's matrix transposed, not inverted.",
        "at stride 1, with the kernel turned and padding d(k-1) - p; else on the input stretched with zeros",
        "at stride 1, kernel turned",
    ),
]

FAMILY: Mapping[str, Member] = {member.name: member for member in _MEMBERS}
"""Every member by name, in alphabetical order."""

SYNONYMS: Mapping[str, str] = {
    "1d": "conv1d",
    "1x1": "pointwise",
    "3d": "conv3d",
    "asymmetric": "spatially_separable",
    "atrous": "dilated",
    "conv": "standard",
    "conv2d": "standard",
    "conv_transpose": "transposed",
    "deconv": "transposed",
    "deconvolution": "transposed",
    "group": "grouped",
    "mbconv": "inverted_residual",
    "resnext_unit": "resnext",
    "se": "squeeze_excite",
    "separable": "depthwise_separable",
    "shuffle_unit": "shuffle",
    "shuffled_group": "shuffled_grouped",
    "spatial_separable": "spatially_separable",
    "squeeze_and_excitation": "squeeze_excite",
}
"""Other names that people use, as `find_member` leaves them."""


def find_member(word: str) -> Member | None:
    """Return the member of that name or synonym; None if there is none.

    >>> find_member("Depthwise-Separable convolution").name
    'depthwise_separable'
    """
    name = re.sub(r"[\s-]+", "_", word.strip().lower())
    for candidate in (name, re.sub(r"^conv_|_(conv|convolution)$", "", name)):
        found = FAMILY.get(candidate) or FAMILY.get(SYNONYMS.get(candidate, ""))
        if found:
            return found
    return None
