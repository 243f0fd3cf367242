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


REFERENCES = [
    Reference("torchvision__resnet34", "resnet34"),
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
]
