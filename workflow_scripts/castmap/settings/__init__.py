"""What people write: config.yaml, the film sheet, an mmdet config, lists of films."""
