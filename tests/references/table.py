"""Which bundled networks are held against which reference implementations, layer by layer."""

from __future__ import annotations

from typing import Any, NamedTuple


class Reference(NamedTuple):
    """A network as somebody else wrote it, and how the spec is asked for the same one."""

    model: str
    """`package__name`, which is also the file of what was measured of it."""
    spec: str
    variant: str | None = None
    settings: dict[str, str] = {}  # noqa: RUF012 - never changed
    options: dict[str, Any] = {}  # noqa: RUF012
    """What the package's function takes beside the name."""
    inputs: tuple[tuple[int, ...], ...] = ((3, 224, 224),)
    """The shapes of one sample."""
    apart: str = " "
    """Layers with this in their names are compared by the totals alone: one in the spec, several in the model."""
    other_order: bool = False
    """Whether the model runs the same layers in another order: all of a head for one map, then all for the next."""


NO_AUX = {"aux_logits": False, "init_weights": False}

REFERENCES = [
    Reference("torchvision__convnext_tiny", "convnext_tiny"),
    Reference("torchvision__convnext_small", "convnext_tiny", "S"),
    Reference("timm__convnextv2_tiny", "convnext_v2"),
    Reference("timm__convnextv2_atto", "convnext_v2", "atto"),
    Reference("timm__cspdarknet53", "cspdarknet53", inputs=((3, 256, 256),)),
    Reference("timm__darknet53", "darknet53", inputs=((3, 256, 256),)),
    Reference("torchvision__densenet121", "densenet121"),
    Reference("torchvision__densenet169", "densenet121", "densenet169"),
    Reference("torchvision__efficientnet_v2_s", "efficientnet_v2_s", inputs=((3, 384, 384),)),
    Reference("torchvision__efficientnet_v2_m", "efficientnet_v2_s", "M", inputs=((3, 480, 480),)),
    Reference("timm__ghostnet_100", "ghostnet_100"),
    Reference("timm__ghostnet_050", "ghostnet_100", "0.5x"),
    Reference("timm__hrnet_w18", "hrnet_w18"),
    Reference("timm__hrnet_w32", "hrnet_w18", "w32"),
    Reference("timm__inception_resnet_v2", "inception_resnet_v2", inputs=((3, 299, 299),)),
    Reference("torchvision__inception_v3", "inception_v3", options=NO_AUX, inputs=((3, 299, 299),)),
    Reference("torchvision__mobilenet_v3_large", "mobilenet_v3_large"),
    Reference("torchvision__mobilenet_v3_small", "mobilenet_v3_small"),
    Reference("timm__mobileone_s0", "mobileone_s0", "trained"),
    Reference("timm__mobilevit_xxs", "mobilevit_xxs", inputs=((3, 256, 256),), apart="transformer"),
    Reference("torchvision__regnet_y_400mf", "regnet_y_400mf"),
    Reference("torchvision__regnet_x_400mf", "regnet_y_400mf", "x_400mf", {"w4": "400"}),
    Reference("torchvision__regnet_y_800mf", "regnet_y_400mf", "y_800mf", {"w2": "144", "w4": "784"}),
    Reference("torchvision__regnet_x_800mf", "regnet_y_400mf", "x_800mf"),
    Reference("timm__repvgg_a0", "repvgg_a0", "trained"),
    Reference("timm__res2net101_26w_4s", "res2net50", "res2net101"),
    Reference("timm__res2net50_26w_4s", "res2net50"),
    Reference("timm__resnest50d", "resnest50"),
    Reference("timm__resnest101e", "resnest50", "resnest101", inputs=((3, 256, 256),)),
    Reference("torchvision__resnet34", "resnet34"),
    Reference("pytorchcv__resnet20_cifar10", "resnet_cifar", None, {"projected": "1"}, inputs=((3, 32, 32),)),
    Reference("pytorchcv__resnet56_cifar10", "resnet_cifar", "ResNet-56", {"projected": "1"}, inputs=((3, 32, 32),)),
    Reference("timm__seresnet50", "se_resnet50"),
    Reference("timm__skresnext50_32x4d", "sknet50"),
    Reference("timm__vit_tiny_patch16_224", "vit_tiny", apart="attn"),
    Reference("timm__vit_small_patch16_224", "vit_tiny", "small", apart="attn"),
    Reference("pytorchcv__vovnet39", "vovnet39"),
    Reference("pytorchcv__vovnet57", "vovnet39", "vovnet57"),
    Reference("timm__ese_vovnet39b", "vovnet39", "ese"),
    Reference("torchvision__wide_resnet50_2", "wide_resnet50_2"),
    Reference("torchvision__wide_resnet101_2", "wide_resnet50_2", "wide_resnet101_2"),
    Reference("pytorchcv__pspnet_resnetd50b_voc", "pspnet50", options={"aux": False}, inputs=((3, 480, 480),)),
    Reference(
        "segmentation_models_pytorch__deeplabv3plus",
        "deeplabv3plus",
        options={"encoder_name": "resnet50", "encoder_weights": None, "classes": 21},
        inputs=((3, 512, 512),),
    ),
    Reference("papers__fcn8s", "fcn8s", inputs=((3, 500, 500),)),
    Reference("papers__srcnn", "srcnn", inputs=((1, 33, 33),)),
    Reference("torchvision__r3d_18", "r3d_18", inputs=((3, 16, 112, 112),)),
    Reference("torchvision__r2plus1d_18", "r2plus1d_18", inputs=((3, 16, 112, 112),)),
    *(
        Reference(f"ultralytics__yolov8{size}", "yolov8", size, options={"verbose": False}, inputs=((3, 640, 640),))
        for size in "nsmlx"
    ),
    Reference(
        "torchvision__retinanet_resnet50_fpn",
        "retinanet_resnet50_fpn",
        options={"weights_backbone": None},
        inputs=((3, 800, 800),),
    ),
    Reference(
        "torchvision__fasterrcnn_resnet50_fpn", "fpn", options={"weights_backbone": None}, inputs=((3, 800, 800),)
    ),
    Reference(
        "pytorchcv__segnet_cityscapes",
        "segnet",
        settings={"H": "352"},
        options={"num_classes": 11},
        inputs=((3, 352, 480),),
    ),
    Reference("papers__espcn", "espcn", inputs=((3, 360, 640),)),
    Reference("papers__edsr", "edsr", inputs=((3, 48, 48),)),
    Reference("papers__unet3d", "unet3d", inputs=((3, 116, 132, 132),)),
    Reference("papers__yolov3", "yolov3", inputs=((3, 416, 416),)),
    Reference("papers__unetplusplus", "unetplusplus", inputs=((3, 512, 512),)),
    Reference("papers__tcn", "tcn", inputs=((1, 784),)),
    Reference("papers__crnn", "crnn", inputs=((1, 32, 100),)),
    Reference("pytorchcv__centernet_resnet18_coco", "centernet", inputs=((3, 512, 512),)),
    Reference("pytorchcv__bisenet_resnet18_celebamaskhq", "bisenet", options={"aux": False}, inputs=((3, 640, 480),)),
    *(
        Reference(f"torchvision__{model}", spec, options={"weights_backbone": None}, inputs=((3, side, side),))
        for model, spec, side in [
            ("ssd300_vgg16", "ssd300_vgg16", 300),
            ("ssdlite320_mobilenet_v3_large", "ssdlite", 320),
        ]
    ),
    Reference(
        "effdet__efficientdet_d0",
        "efficientdet_d0",
        options={"bench_task": "", "pretrained_backbone": False},
        inputs=((3, 512, 512),),
        other_order=True,
    ),
    Reference("papers__srgan", "srgan", inputs=((3, 24, 24),)),
    Reference("papers__botnet50", "botnet50", apart="qkv"),
]
