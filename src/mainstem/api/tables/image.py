"""The public names of images."""

from mainstem.api.rows import both, v1, v2
from mainstem.surface import (
    image,
    image_boxes,
    image_codec,
    image_color,
    image_quality,
    image_stateless,
)

# mainstem.surface.image
both(image.central_crop, "image.central_crop")
v2(image.crop_and_resize, "image.crop_and_resize")
v1(image.crop_and_resize_v1, "image.crop_and_resize")
both(image.crop_to_bounding_box, "image.crop_to_bounding_box")
v2(image.extract_glimpse, "image.extract_glimpse")
v1(image.extract_glimpse_v1, "image.extract_glimpse")
both(image.flip_left_right, "image.flip_left_right")
both(image.flip_up_down, "image.flip_up_down")
both(image.pad_to_bounding_box, "image.pad_to_bounding_box")
both(image.random_flip_left_right, "image.random_flip_left_right")
both(image.random_flip_up_down, "image.random_flip_up_down")
v2(image.resize, "image.resize")
v1(image.resize_area, "image.resize_area")
v1(image.resize_bicubic, "image.resize_bicubic")
v1(image.resize_bilinear, "image.resize_bilinear")
v1(image.resize_image_with_crop_or_pad, "image.resize_image_with_crop_or_pad")
v1(image.resize_image_with_pad_v1, "image.resize_image_with_pad")
v1(image.resize_images_v1, "image.resize_images")
v1(image.resize_nearest_neighbor, "image.resize_nearest_neighbor")
v1(image.resize_v1, "image.resize")
both(image.resize_with_crop_or_pad, "image.resize_with_crop_or_pad")
v2(image.resize_with_pad, "image.resize_with_pad")
both(image.rot90, "image.rot90")
v1(image.transpose_image, "image.transpose_image")

# mainstem.surface.image_boxes
both(image_boxes.combined_non_max_suppression, "image.combined_non_max_suppression")
v2(image_boxes.draw_bounding_boxes, "image.draw_bounding_boxes")
v1(image_boxes.draw_bounding_boxes_v1, "image.draw_bounding_boxes")
both(image_boxes.non_max_suppression, "image.non_max_suppression")
both(image_boxes.non_max_suppression_overlaps, "image.non_max_suppression_overlaps")
both(image_boxes.non_max_suppression_padded, "image.non_max_suppression_padded")
both(image_boxes.non_max_suppression_with_scores, "image.non_max_suppression_with_scores")
v2(image_boxes.sample_distorted_bounding_box, "image.sample_distorted_bounding_box")
v1(image_boxes.sample_distorted_bounding_box_v1, "image.sample_distorted_bounding_box")

# mainstem.surface.image_codec
v2(image_codec.adjust_jpeg_quality, "image.adjust_jpeg_quality")
v1(image_codec.adjust_jpeg_quality_v1, "image.adjust_jpeg_quality")
both(image_codec.decode_and_crop_jpeg, "image.decode_and_crop_jpeg", "io.decode_and_crop_jpeg")
both(image_codec.decode_bmp, "image.decode_bmp", "io.decode_bmp")
both(image_codec.decode_gif, "image.decode_gif", "io.decode_gif")
both(image_codec.decode_image, "image.decode_image", "io.decode_image")
both(image_codec.decode_jpeg, "image.decode_jpeg", "io.decode_jpeg")
both(image_codec.decode_png, "image.decode_png", "io.decode_png")
v2(image_codec.decode_webp, "image.decode_webp", "io.decode_webp")
both(image_codec.encode_jpeg, "image.encode_jpeg", "io.encode_jpeg")
both(image_codec.encode_png, "image.encode_png")
v2(image_codec.encode_png, "io.encode_png")
both(image_codec.extract_jpeg_shape, "image.extract_jpeg_shape", "io.extract_jpeg_shape")
both(image_codec.is_jpeg, "image.is_jpeg", "io.is_jpeg")
both(image_codec.random_jpeg_quality, "image.random_jpeg_quality")

# mainstem.surface.image_color
both(image_color.adjust_brightness, "image.adjust_brightness")
both(image_color.adjust_contrast, "image.adjust_contrast")
both(image_color.adjust_gamma, "image.adjust_gamma")
both(image_color.adjust_hue, "image.adjust_hue")
both(image_color.adjust_saturation, "image.adjust_saturation")
both(image_color.convert_image_dtype, "image.convert_image_dtype")
both(image_color.grayscale_to_rgb, "image.grayscale_to_rgb")
both(image_color.hsv_to_rgb, "image.hsv_to_rgb")
v1(image_color.per_image_standardization_v1, "image.per_image_standardization")
v2(image_color.per_image_standardization, "image.per_image_standardization")
both(image_color.random_brightness, "image.random_brightness")
both(image_color.random_contrast, "image.random_contrast")
both(image_color.random_hue, "image.random_hue")
both(image_color.random_saturation, "image.random_saturation")
both(image_color.rgb_to_grayscale, "image.rgb_to_grayscale")
both(image_color.rgb_to_hsv, "image.rgb_to_hsv")
both(image_color.rgb_to_yiq, "image.rgb_to_yiq")
both(image_color.rgb_to_yuv, "image.rgb_to_yuv")
both(image_color.yiq_to_rgb, "image.yiq_to_rgb")
both(image_color.yuv_to_rgb, "image.yuv_to_rgb")

# mainstem.surface.image_quality
both(image_quality.image_gradients, "image.image_gradients")
both(image_quality.psnr, "image.psnr")
both(image_quality.sobel_edges, "image.sobel_edges")
both(image_quality.ssim, "image.ssim")
both(image_quality.ssim_multiscale, "image.ssim_multiscale")
both(image_quality.total_variation, "image.total_variation")

# mainstem.surface.image_stateless
v2(image_stateless.stateless_random_brightness, "image.stateless_random_brightness")
v2(image_stateless.stateless_random_contrast, "image.stateless_random_contrast")
v2(image_stateless.stateless_random_crop, "image.stateless_random_crop")
v2(image_stateless.stateless_random_flip_left_right, "image.stateless_random_flip_left_right")
v2(image_stateless.stateless_random_flip_up_down, "image.stateless_random_flip_up_down")
v2(image_stateless.stateless_random_hue, "image.stateless_random_hue")
v2(image_stateless.stateless_random_jpeg_quality, "image.stateless_random_jpeg_quality")
v2(image_stateless.stateless_random_saturation, "image.stateless_random_saturation")
v2(image_stateless.stateless_sample_distorted_bounding_box, "image.stateless_sample_distorted_bounding_box")
v2(image.ResizeMethodV2, "image.ResizeMethod")
v1(image.ResizeMethod, "image.ResizeMethod")
both(image.transpose_image, "image.transpose")
