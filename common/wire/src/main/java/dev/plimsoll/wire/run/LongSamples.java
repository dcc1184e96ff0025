package dev.plimsoll.wire.run;

/** What becomes of a sample of more tokens than the run takes. */
public enum LongSamples {
    /** It is rejected with the reason. */
    REJECT,
    /** Its end is cut off; what is left is trained. */
    TRUNCATE
}
