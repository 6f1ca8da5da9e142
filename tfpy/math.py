"""`tfpy.math`: what TensorFlow has under this name and nowhere else."""

from .ops.scatter import confusion_matrix as confusion_matrix
