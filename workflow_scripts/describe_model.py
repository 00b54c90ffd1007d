"""Write the cards of adapted networks: what each is, has been trained on and is worth."""

from pathlib import Path
from typing import NamedTuple

from castmap.adaptation.choice import model_of_training
from castmap.console import InputError
from castmap.files.hashing import sha256_file
from castmap.formats.sealed_weights import WeightsError, read_sealed_weights
from castmap.pages.cards import model_card
from castmap.stages.arguments import ByMovie, ByTraining, Json, Text
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    cards: ByTraining[Text]


def describe_model(weights: ByTraining[Path], choices: ByMovie[Json]) -> Output:
    """Write the cards of adapted networks: what each is, has been trained on and is worth.

    Args:
        weights: adapted.
        choices: of the films that the networks may cluster.
    """
    cards = {}
    for training, path in weights.items():
        try:
            _, record = read_sealed_weights(path)
        except WeightsError as error:
            raise InputError(str(error)) from error
        model = model_of_training(record["settings"]["model"], training)
        cards[training] = model_card(model, record, sha256_file(path), choices)
    return Output(cards)


main = as_command(describe_model)

if __name__ == "__main__":
    main()
