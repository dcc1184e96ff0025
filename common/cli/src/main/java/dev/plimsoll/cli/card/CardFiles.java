package dev.plimsoll.cli.card;

import dev.plimsoll.model.peft.PeftAdapter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a card. */
public final class CardFiles {

    private CardFiles() {}

    /** Writes the card, and the picture where there were steps. */
    public static void write(ModelCard card, Path directory) throws IOException {
        Files.writeString(directory.resolve(PeftAdapter.CARD), card.text());
        if (!card.story().steps(card.version()).isEmpty()) {
            LossPicture picture = new LossPicture(
                    card.story().steps(card.version()), card.story().evaluations(card.version()));
            Files.writeString(directory.resolve(PeftAdapter.PICTURE), picture.svg());
        }
    }
}
