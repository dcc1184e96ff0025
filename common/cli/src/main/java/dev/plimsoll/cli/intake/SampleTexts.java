package dev.plimsoll.cli.intake;

import java.util.List;
import java.util.SplittableRandom;

/** Valid samples of prompt and completion without ids, as lines of JSON. Pure. */
final class SampleTexts {

    private static final List<String> WORDS = List.of(
            "the", "ship", "line", "load", "cargo", "water", "north", "winter", "summer", "fresh",
            "mark", "hull", "deck", "keel", "port", "tide", "wind", "sail", "crew", "harbour");

    private final SplittableRandom random;
    private long number;

    SampleTexts(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** A sample of 10 to 39 words, without an id. */
    String next() {
        number++;
        return "{\"prompt\": \"" + number + ". Say how " + words(4, 12)
                + ".\", \"completion\": \"It is " + words(3, 24) + ".\"}";
    }

    private String words(int fewest, int most) {
        StringBuilder text = new StringBuilder();
        int count = random.nextInt(fewest, most + 1);
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
        }
        return text.toString();
    }
}
