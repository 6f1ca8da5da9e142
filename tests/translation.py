"""Translates letter by letter with the real model translation_lstm_layers, natively and in pages.

A page imports this file as it is, so there is no NumPy.
"""

import tfpy
from tfpy import layers as L

#: What the golden file calls the tensors that `answers` gives.
GOLDENS = ("encoder_state_h", "encoder_state_c", "full_model_output")


def one_hot(text, table, length):
    """(1, length, size of the table): a row for each letter, and zeros after the last."""
    ids = [table[letter] for letter in text] + [-1] * (length - len(text))
    return tfpy.one_hot(tfpy.tensor([ids], dtype="int32"), len(table))


async def answers(model, metadata, text):
    """(the translation, [the encoder's two states, the model's output for it])."""
    x = one_hot(text, metadata["input_token_index"], metadata["max_encoder_seq_length"])
    encoder = tfpy.Model(model.inputs[0], model.get_layer("lstm_1").output[1:])
    states = encoder.predict(x)
    translation = await decode(model, states, metadata)
    letters = "\t" + translation
    forced = one_hot(letters, metadata["target_token_index"], len(letters))
    return translation, [*states, model.predict([x, forced])]


async def decode(model, states, metadata):
    """What the decoder says to the encoder's states, a letter at a time."""
    recurrent, dense = model.get_layer("lstm_2"), model.get_layer("dense_1")
    x, h, c = L.Input((None, 108)), L.Input((256,)), L.Input((256,))
    y, *after = recurrent(x, initial_state=[h, c])
    step = tfpy.Model([x, h, c], [dense(y), *after])
    table = metadata["target_token_index"]
    letters = {i: letter for letter, i in table.items()}
    text = "\t"
    while not text.endswith("\n") and len(text) < 78:
        y, *states = step([one_hot(text[-1], table, 1), *states])
        values = (await y.data()).tolist()
        text += letters[values.index(max(values))]
    return text.strip()
