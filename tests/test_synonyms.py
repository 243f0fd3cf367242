"""Names of layers in other frameworks: each leads to what it is called here, or is said not to be here."""

from __future__ import annotations

import pytest

from convcost.language.library import library_names
from convcost.language.synonyms import meant_layer
from convcost.ops import OPERATORS

# As torch.nn, keras.layers, caffe.proto, ONNX and Darknet spell them.
NAMES = {
    "abs": "AbsVal Absolute",
    "adaptive_avg_pool": "AdaptiveAvgPool1d nn.AdaptiveAvgPool2d AdaptiveAveragePooling2D",
    "adaptive_max_pool": "AdaptiveMaxPool2d AdaptiveMaxPooling2D",
    "add": "Add Sum shortcut residual Average",
    "arg_max": "ArgMax torch.argmax ArgMin",
    "attention": "MultiheadAttention MultiHeadAttention Attention",
    "avg_pool": "AvgPool2d AveragePooling2D AveragePool avgpool",
    "batch_norm": "BatchNorm1d BatchNorm2d SyncBatchNorm LazyBatchNorm3d BatchNormalization BatchNorm bn",
    "blur_pool": "BlurPool2d",
    "channel_shuffle": "ChannelShuffle ShuffleChannel",
    "celu": "CELU Celu",
    "clip": "Clip torch.clamp",
    "concat": "Concatenate Concat route torch.cat",
    "conv": "Conv1d Conv2d Conv3D LazyConv2d Convolution convolutional Conv2D StdConv2d",
    "conv_transpose": "ConvTranspose2d LazyConvTranspose1d Conv2DTranspose Conv3DTranspose Deconvolution deconv",
    "crop": "Cropping2D CenterCrop Crop",
    "depthwise_conv": "DepthwiseConv2D DepthwiseConv1D DepthwiseConvolution dwconv conv_dw",
    "depthwise_separable": "SeparableConv1D SeparableConv2D separable_conv2d tf.keras.layers.SeparableConv2D sep_conv",
    "div": "Div Divide",
    "dropout": "Dropout Dropout2d AlphaDropout FeatureAlphaDropout SpatialDropout2D GaussianDropout",
    "elu": "ELU",
    "exp": "Exp",
    "flatten": "Flatten",
    "gelu": "GELU Gelu",
    "global_avg_pool": "GlobalAveragePooling2D GlobalAvgPool2d GlobalAveragePool gap",
    "global_max_pool": "GlobalMaxPooling1D GlobalMaxPool",
    "grid_sample": "GridSample F.grid_sample",
    "group_norm": "GroupNorm GroupNormalization",
    "gru": "GRU GRUCell",
    "hard_sigmoid": "Hardsigmoid HardSigmoid",
    "hard_swish": "Hardswish HardSwish hswish",
    "hard_tanh": "Hardtanh HardTanh",
    "identity": "Identity DropPath StochasticDepth GaussianNoise",
    "instance_norm": "InstanceNorm2d instance_norm LazyInstanceNorm1d InstanceNormalization",
    "inverted_residual": "MBConv InvertedResidual",
    "l2_norm": "ReduceL2 linalg.vector_norm",
    "layer_norm": "LayerNorm LayerNormalization",
    "leaky_relu": "LeakyReLU LeakyRelu leaky",
    "linear": "Linear LazyLinear Dense InnerProduct Gemm connected fc weight_norm",
    "local_response_norm": "LocalResponseNorm LRN CrossMapLRN2d",
    "locally_connected": "LocallyConnected2D local",
    "log_softmax": "LogSoftmax",
    "lstm": "LSTM LSTMCell",
    "matmul": "MatMul torch.bmm Dot",
    "max": "ReduceMax amax",
    "max_pool": "MaxPool1d MaxPool2d MaxPooling2D maxpool Pooling",
    "max_unpool": "MaxUnpool2d",
    "maximum": "Maximum torch.maximum",
    "mean": "ReduceMean torch.mean",
    "min": "ReduceMin amin",
    "minimum": "Minimum",
    "mish": "Mish",
    "mul": "Multiply Mul",
    "pad": "ZeroPad2d ZeroPadding2D ConstantPad1d ReflectionPad2d ReplicationPad3d CircularPad2d Pad",
    "pixel_shuffle": "PixelShuffle DepthToSpace",
    "pixel_unshuffle": "PixelUnshuffle SpaceToDepth Focus reorg",
    "pow": "Power Pow torch.square",
    "prelu": "PReLU PRelu",
    "relu": "ReLU Relu",
    "relu6": "ReLU6",
    "reshape": "Reshape Unflatten",
    "rms_norm": "RMSNorm RMSNormalization",
    "scale": "Scale LayerScale",
    "selu": "SELU Selu",
    "shift": "PositionEmbedding pos_embed",
    "sigmoid": "Sigmoid",
    "silu": "SiLU Swish",
    "softmax": "Softmax Softmax2d",
    "slice": "Slice strided_slice",
    "softplus": "Softplus",
    "split": "chunk",
    "sqrt": "Sqrt",
    "squeeze_excite": "SqueezeExcitation SELayer SEBlock se",
    "sub": "Subtract Sub",
    "sum": "ReduceSum",
    "swish": "Swish",
    "tanh": "Tanh TanH",
    "transpose": "Transpose Permute",
    "upsample": "Upsample UpsamplingNearest2d UpsamplingBilinear2d UpSampling2D Resize Resizing Interp interpolate",
}
NOWHERE = """
    Bilinear Unfold Fold FractionalMaxPool2d LPPool2d Hardshrink LogSigmoid RReLU Softshrink Softsign Tanhshrink
    Threshold GLU Softmin RNN Transformer TransformerEncoder Embedding EmbeddingBag EinsumDense Masking Lambda
    UnitNormalization SpectralNormalization RepeatVector Rescaling AdditiveAttention TimeDistributed Bidirectional
    ConvLSTM2D SimpleRNN SPP Embed MVN Log BNLL Reduction Silence PriorBox DetectionOutput ROIPooling yolo
    region C2f SPPF Detect
"""
KNOWN = [*OPERATORS, *library_names()]


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in NAMES.items() for word in words.split()])
def test_a_name_leads_to_ours(name: str, word: str) -> None:
    assert f"`{name}`" in (meant_layer(word, KNOWN) or "")


@pytest.mark.parametrize("word", NOWHERE.split())
def test_what_is_not_here_leads_nowhere(word: str) -> None:
    assert meant_layer(word, KNOWN) == "there is no operator for it here"


def test_an_input_is_no_layer() -> None:
    assert {meant_layer(word, KNOWN) for word in ("input", "Input", "InputLayer")} == {
        "the input is `input:` at the top of the spec"
    }


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("seperable_conv2d", "depthwise_separable"),
        ("Convolutoin", "conv"),
        ("maxpol", "max_pool"),
        ("batchnrom", "batch_norm"),
    ],
)
def test_a_slip_in_a_name_leads_there_too(word: str, name: str) -> None:
    assert f"`{name}`" in (meant_layer(word, KNOWN) or "")
