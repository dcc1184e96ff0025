package dev.plimsoll.cli.bench;

/**
 * What the journal records of a step, in the order in which it happens, with two exceptions: where
 * one worker holds a whole step, the next is opened when its contribution is asked for; and several
 * workers are asked when all is given out, before they have trained it.
 */
enum Moment {
    FIRST_DISPATCHED("firstDispatched", "first micro-batch dispatched"),
    FIRST_ACCEPTED("firstAccepted", "first micro-batch accepted"),
    LAST_ACCEPTED("lastAccepted", "last micro-batch accepted"),
    CONTRIBUTIONS_ASKED("contributionsAsked", "contributions asked"),
    CONTRIBUTIONS_ACCEPTED("contributionsAccepted", "contributions accepted"),
    SUMS_ACCEPTED("sumsAccepted", "sums accepted"),
    COMMITTED("committed", "committed"),
    FOLDED("folded", "made by all shards"),
    NEXT_OPENED("nextOpened", "next step opened");

    private final String field;
    private final String text;

    Moment(String field, String text) {
        this.field = field;
        this.text = text;
    }

    /** Its name in the report. */
    String field() {
        return field;
    }

    /** Its name in table and picture. */
    String text() {
        return text;
    }
}
