"""The mmdet config of CenterFace. Any other mmdet config can take its place in config.yaml."""

custom_imports = {"imports": ["castmap.faces.centerface"], "allow_failed_imports": False}

model: dict = {
    "type": "SingleStageDetector",
    "data_preprocessor": {
        "type": "DetDataPreprocessor",
        "mean": [0.0, 0.0, 0.0],
        "std": [1.0, 1.0, 1.0],
        "bgr_to_rgb": True,
        "pad_size_divisor": 32,
    },
    "backbone": {
        "type": "CenterFaceBackbone",
        "out_indices": (1, 2, 4, 6),
        "norm_cfg": None,  # folded into the convolutions of the published weights
        "act_cfg": {"type": "ReLU"},
    },
    "neck": {"type": "CenterFaceNeck", "in_channels": (24, 32, 96, 320), "channels": 24},
    "bbox_head": {"type": "CenterFaceHead", "channels": 24},
    "test_cfg": {"score_thr": 0.05, "nms": {"type": "nms", "iou_threshold": 0.3}},
}

test_pipeline = [
    {"type": "Resize", "scale": (640, 640), "keep_ratio": True},
    {"type": "PackDetInputs", "meta_keys": ("ori_shape", "img_shape", "scale_factor")},
]
