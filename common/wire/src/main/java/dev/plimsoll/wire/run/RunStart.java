package dev.plimsoll.wire.run;

/**
 * What version 0 of a run is: the adapter that the seed makes, or one that was trained before.
 *
 * @param hash of the adapter that it starts from, its moments included; empty: the seed's
 * @param updates how many optimizer updates led to it, as far as its moments know: Adam's t of
 *     version 0
 * @param stepsDone how many steps led to it: where schedules go on, and what the run's number of
 *     steps counts
 */
public record RunStart(String hash, long updates, long stepsDone) {

    /** The seed's adapter, without a past. */
    public static final RunStart SEEDED = new RunStart("", 0, 0);

    public RunStart {
        if (updates < 0 || stepsDone < updates) {
            throw new IllegalArgumentException("a run starts after " + updates + " updates in "
                    + stepsDone + " steps; each update is one of a step");
        }
    }
}
