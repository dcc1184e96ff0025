package dev.plimsoll.model.jinja.run;

/**
 * The block for which code is made.
 *
 * @param soft whether an unknown filter is an error only when it is reached, as under a condition
 * @param loop whether a loop is around that {@code break} can end
 */
record Frame(Symbols symbols, boolean soft, boolean loop) {

    Frame inner() {
        return new Frame(symbols.inner(), false, loop);
    }

    Frame inLoop() {
        return new Frame(symbols, soft, true);
    }

    Frame outOfLoops() {
        return new Frame(symbols, soft, false);
    }

    Frame underCondition() {
        return new Frame(symbols, true, loop);
    }
}
