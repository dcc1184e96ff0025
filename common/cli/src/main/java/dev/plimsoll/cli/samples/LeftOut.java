package dev.plimsoll.cli.samples;

import java.util.List;

/** How people are told that samples are trained without some of their fields. */
public final class LeftOut {

    private LeftOut() {}

    /** @param names of the fields */
    public static String line(List<String> names, long count) {
        return count + " accepted without " + String.join(" and ", names)
                + ", which the model's chat template does not write (untold-fields=reject refuses"
                + " such samples)";
    }
}
