package dev.plimsoll.cli.bench;

import java.util.Locale;

/** How many workers, and how many tokens close a step. */
record FleetSize(int workers, int tokensPerStep) {

    /** For a person, e.g. 2 workers, 8,192 tokens a step. */
    String text() {
        return String.format(
                Locale.ROOT,
                "%d %s, %,d tokens a step",
                workers,
                workers == 1 ? "worker" : "workers",
                tokensPerStep);
    }
}
