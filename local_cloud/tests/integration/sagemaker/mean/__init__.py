"""A family of images that is as small as one can be: its model is the mean of the labels."""
