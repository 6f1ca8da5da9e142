"""Layers of general use: inputs, dense, activation, embedding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import activations, initializers
from ..dtypes import int32
from ..errors import ArgumentError, UnsupportedError
from ..masks import set_mask
from ..ops import elementwise as ew
from ..ops.indexing import gather
from ..ops.linalg import matmul
from ..ops.movement import expand_dims
from ..ops.reduce import any
from ..tensor import Tensor
from .base import Layer
from .foretelling import foretell, of_shapes
from .symbolic import KerasTensor, Node, mapped

__all__ = [
    "InputLayer",
    "Dense",
    "Activation",
    "Identity",
    "Lambda",
    "Embedding",
    "Masking",
    "Rescaling",
]


#: What Keras has for parts of very large models.
NEVER_QUANTIZED: dict[str, tuple[Any, ...]] = dict.fromkeys(
    ("lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size"), (None,)
)


class InputLayer(Layer):
    """Where a model's input enters; `Input` makes one and returns its tensor.

    Args:
        shape: the shape without the batch axis.
        batch_size: size of the batch axis, None for any.
        batch_shape: the shape with the batch axis, instead of `shape`.
        dtype: of the input, float32 by default.
    """

    implied = {"input_tensor": (None,), "optional": (False,)}
    implied |= dict.fromkeys(("sparse", "ragged"), (None, False))

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        batch_shape: Sequence[int | None] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        given = options.pop("batch_input_shape", None)
        full = given if batch_shape is None else batch_shape
        if full is None and shape is None:
            raise ArgumentError("InputLayer needs shape or batch_shape")
        for sizes in (shape, full):
            if not (sizes is None or isinstance(sizes, (list, tuple))):
                raise ArgumentError(
                    f"InputLayer: shape must be a tuple of sizes and None, as in Input((3,)), not "
                    f"{sizes!r:.50}"
                )
        full = (batch_size, *(shape or ())) if full is None else full
        super().__init__(name=name, dtype=dtype, batch_input_shape=full, **options)
        self.built = True
        node = Node(self, [], {})
        node.outputs = [KerasTensor(tuple(full), self.dtype, node, 0)]

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["trainable"]
        return {**config, "sparse": False}


def Input(
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: None = None,
    **options: Any,
) -> KerasTensor:
    """The symbolic tensor a functional model starts from.

    Args:
        shape, batch_size, dtype, batch_shape, name: as of `InputLayer`.
        tensor: taken for Keras's sake; there is none to begin with.
        options: of `InputLayer`.

    >>> x = tfpy.layers.Input((4,))
    >>> tfpy.layers.Dense(2)(x).shape
    (None, 2)
    """
    if tensor is not None:
        raise ArgumentError(f"Input: tensor={tensor!r:.50} is not here, only None")
    return InputLayer(shape, batch_size, dtype, batch_shape, name, **options).output


class Dense(Layer):
    """`activation(x @ kernel + bias)` over the last axis.

    Args:
        units: size of the output's last axis.
        activation: a name or function, by default none.
        use_bias: whether to add a bias.
        kernel_initializer, bias_initializer: how weights begin.

    Input (..., n), output (..., units); kernel (n, units), bias (units,).
    """

    config_keys = ("units", "activation", "use_bias", "kernel_initializer", "bias_initializer")
    implied = NEVER_QUANTIZED
    supports_masking = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units, self.use_bias = self._positive("units", units), bool(use_bias)
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[-1], self.units)
        self.kernel = self.add_weight(shape, self.kernel_initializer, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight((self.units,), self.bias_initializer, name="bias")

    def call(self, inputs: Tensor) -> Tensor:
        y = matmul(inputs, self.kernel)
        return self.activation(y if self.bias is None else y + self.bias)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.units)


class Identity(Layer):
    """The input itself."""

    supports_masking = True

    keeps_dtype = True

    def call(self, inputs: Any) -> Any:
        return inputs


class Lambda(Layer):
    """A function of tensors as a layer; it cannot be saved, which a class of your own can.

    Args:
        function: of the input, a tensor or a list of them.
        output_shape: of the output without the batch, or a function of the input's shape; found
            out by tracing `function` if not given.
        mask: of the output, or a function of the input and its mask that gives it.
        arguments: further arguments of `function`, by name.

    >>> tfpy.layers.Lambda(lambda x: x * 2)(tfpy.ones((1, 2)))
    tfpy.tensor([[2., 2.]])
    """

    keeps_dtype = True

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if not (mask is None or callable(mask) or isinstance(mask, Tensor)):
            raise ArgumentError(f"Lambda: mask must be a tensor or a function, not {mask!r:.50}")
        self.function, self.output_shape = function, output_shape
        self.mask, self.supports_masking = mask, mask is not None
        self.arguments = dict(arguments or {})

    def call(self, inputs: Any) -> Any:
        return self.function(inputs, **self.arguments)

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self.output_shape is None:
            given = of_shapes(input_shape, self.dtype)
            return mapped(lambda x: x.shape, foretell(self.call, [given]))
        if callable(self.output_shape):
            return self.output_shape(input_shape)
        first = input_shape[0] if isinstance(input_shape, list) else input_shape
        return (first[0], *self.output_shape)

    @property
    def _tells_shape(self) -> bool:
        return self.output_shape is not None

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        raise UnsupportedError(
            f"{self.name}: the function of a Lambda cannot be saved; a Layer of your own can"
        )


class Activation(Layer):
    """An activation by itself: a name or a function."""

    config_keys = ("activation",)
    supports_masking = True

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return self.activation(inputs)


class Embedding(Layer):
    """Rows of a trained table, picked by integers.

    Args:
        input_dim: number of rows; indices are below it.
        output_dim: length of a row.
        embeddings_initializer: how the table begins.
        mask_zero: whether 0 is no row but padding, which layers that know masks then skip.
        weights: the table to begin with, instead of a drawn one, alone or in a list.
        input_length: taken for the sake of Keras 2.

    Input int32 (...), output (..., output_dim); embeddings (input_dim, output_dim).
    """

    config_keys = ("input_dim", "output_dim", "embeddings_initializer", "mask_zero")
    implied = NEVER_QUANTIZED

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        mask_zero: bool = False,
        weights: Any = None,
        **options: Any,
    ) -> None:
        options.pop("input_length", None)
        super().__init__(**options)
        self._start = weights
        self.input_dim = self._positive("input_dim", input_dim)
        self.output_dim = self._positive("output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.mask_zero = self.supports_masking = bool(mask_zero)

    def build(self, input_shape: Any) -> None:
        shape = (self.input_dim, self.output_dim)
        self.embeddings = self.add_weight(shape, self.embeddings_initializer, name="embeddings")
        if self._start is not None:
            self.set_weights(self._start if isinstance(self._start, list) else [self._start])

    def call(self, inputs: Tensor) -> Tensor:
        return gather(self.embeddings, ew.cast(inputs, int32))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return ew.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, self.output_dim)


class Masking(Layer):
    """Masks the steps all of whose features are `mask_value`, and makes them 0.

    >>> layer = tfpy.layers.Masking()
    >>> y = layer(tfpy.tensor([[[1.0, 2.0], [0.0, 0.0]]]))
    >>> tfpy.masks.mask_of(y)
    tfpy.tensor([[ True, False]])
    """

    config_keys = ("mask_value",)
    keeps_dtype = True

    def __init__(self, mask_value: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.mask_value = mask_value

    def call(self, inputs: Tensor) -> Tensor:
        counts = self.compute_mask(inputs)
        outputs = ew.where(expand_dims(counts, -1), inputs, 0)
        set_mask(outputs, counts)
        return outputs

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return any(ew.not_equal(inputs, self.mask_value), axis=-1)


class Rescaling(Layer):
    """`x * scale + offset`, each a number or one per channel."""

    config_keys = ("scale", "offset")
    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.scale, self.offset = scale, offset

    def call(self, inputs: Tensor) -> Tensor:
        return ew.cast(inputs, self.dtype) * self.scale + self.offset
