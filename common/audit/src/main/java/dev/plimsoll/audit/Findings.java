package dev.plimsoll.audit;

import java.util.ArrayList;
import java.util.List;

/** Sentences about what is wrong. However many there are, few are kept. */
final class Findings {

    private static final int KEPT = 1_000;

    private final List<String> kept = new ArrayList<>();

    void add(String sentence) {
        if (kept.size() < KEPT) {
            kept.add(sentence);
        }
    }

    List<String> all() {
        return List.copyOf(kept);
    }
}
