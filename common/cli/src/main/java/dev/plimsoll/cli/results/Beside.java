package dev.plimsoll.cli.results;

import java.util.Optional;

/**
 * What an exported adapter is written with, besides the files of the base's tokenizer.
 *
 * @param baseName how the adapter names its base model; empty: as the run and the model's directory
 *     tell
 * @param card whether a model card is written
 * @param audit whether the card tells what the audit found, which reads all of the run's topics
 */
public record Beside(Optional<String> baseName, boolean card, boolean audit) {

    /** Nothing more. */
    public static final Beside TOKENIZER = new Beside(Optional.empty(), false, false);

    /** A card with the audit. */
    public static final Beside AUDITED_CARD = new Beside(Optional.empty(), true, true);
}
