"""Recurrent layers against Keras 3's own; see keras_oracle.py."""

import numpy as np
import pytest

from tests.keras_oracle import ASPECTS, COMPUTED, DIFFERENCES, by_case, case
from tfpy.layers import rnn

X, VIDEO = (2, 4, 3), (2, 3, 4, 5, 2)
MASK = np.array([[True, False, True, False], [False, False, True, True]])
#: Everything that comes out of a recurrent layer.
ALL = {"return_sequences": True, "return_state": True}
STATE = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)

DIFFERENCES.update(
    {
        **{(f"ConvLSTM{n}D", "unroll"): "Keras leaves it to **kwargs" for n in (1, 2, 3)},
    }
)

CASES = [
    case("SimpleRNN", X, units=3),
    case("SimpleRNN", X, units=3, **ALL, go_backwards=True, use_bias=False, activation="relu"),
    case("SimpleRNN", X, units=3, call={"mask": MASK}, return_sequences=True),
    case("LSTM", X, units=3, recurrent_activation="hard_sigmoid", unroll=True),
    case("LSTM", X, units=3, **ALL, call={"mask": MASK, "initial_state": [STATE, 2 * STATE]}),
    case("LSTM", X, units=3, **ALL, go_backwards=True, unit_forget_bias=False),
    case("LSTM", X, units=3, zero_output_for_mask=True, **ALL, call={"mask": MASK}),
    case("LSTM", X, units=2, dropout=0.2, recurrent_dropout=0.1, seed=3, use_bias=False),
    case("GRU", X, units=3),
    case("GRU", X, units=3, reset_after=False, **ALL, call={"mask": MASK}),
    case("GRU", X, units=3, **ALL, go_backwards=True, use_bias=False),
    case("GRU", X, units=3, reset_after=False, use_bias=False, recurrent_activation="tanh"),
    case("SimpleRNNCell", [(2, 3), (2, 4)], spread=True, units=4),
    case("LSTMCell", [(2, 3)], spread=True, units=3, call={"states": [STATE, 2 * STATE]}),
    case("GRUCell", [(2, 3), (2, 4)], spread=True, units=4),
    case("ConvLSTM1D", (2, 3, 5, 2), filters=2, kernel_size=3, dilation_rate=2, padding="same"),
    case("ConvLSTM2D", VIDEO, filters=2, kernel_size=3, padding="same", strides=2, **ALL),
    case("ConvLSTM2D", VIDEO, filters=2, kernel_size=1, data_format="channels_first", **ALL),
    case("ConvLSTM3D", (1, 2, 3, 4, 3, 2), filters=1, kernel_size=2, grad_order=1),
]


def test_every_layer_is_compared():
    # Those of layers are in test_layers_rnn.py; Keras keeps ConvLSTM2DCell to itself.
    apart = {"RNN", "StackedRNNCells", "Bidirectional", "TimeDistributed", "ConvLSTM2DCell"}
    assert {c.cls.__name__ for c in CASES} == {*rnn.__all__} - apart


@by_case(ASPECTS, CASES)
def test_as_in_keras(aspect, given, use_backend):
    ASPECTS[aspect](given)


@pytest.mark.parametrize("backend", ["numpy", "webgl"])
@by_case(COMPUTED, CASES)
def test_computes_as_keras(aspect, given, backend, use_backend):
    use_backend(backend)
    COMPUTED[aspect](given)
