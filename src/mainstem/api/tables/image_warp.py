"""The public names of `tf.contrib.image`."""

from mainstem.api.rows import v1
from mainstem.surface import image_warp

v1(image_warp.angles_to_projective_transforms, "contrib.image.angles_to_projective_transforms")
v1(image_warp.compose_transforms, "contrib.image.compose_transforms")
v1(image_warp.flat_transforms_to_matrices, "contrib.image.flat_transforms_to_matrices")
v1(image_warp.matrices_to_flat_transforms, "contrib.image.matrices_to_flat_transforms")
v1(image_warp.rotate, "contrib.image.rotate")
v1(image_warp.transform, "contrib.image.transform")
v1(image_warp.translate, "contrib.image.translate")
v1(image_warp.translations_to_projective_transforms, "contrib.image.translations_to_projective_transforms")
