package dev.plimsoll.processes.libtorch;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of a libtorch as far as it decides. DJL's native half is made for 2.7; it lacks
 * functions in an older one. With CUDA, 2.7 and 2.11 were tried.
 */
record TorchVersion(int major, int minor) implements Comparable<TorchVersion> {

    static final TorchVersion OLDEST = new TorchVersion(2, 7);
    static final TorchVersion NEWEST_TRIED = new TorchVersion(2, 11);

    private static final Pattern FORM = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})(\\D.*)?");
    private static final Comparator<TorchVersion> ORDER =
            Comparator.comparingInt(TorchVersion::major).thenComparingInt(TorchVersion::minor);

    /** The version that a text such as 2.11.0+cu128 begins with. */
    static Optional<TorchVersion> of(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        return matcher.matches()
                ? Optional.of(new TorchVersion(
                        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    boolean tooOld() {
        return compareTo(OLDEST) < 0;
    }

    boolean untried() {
        return compareTo(NEWEST_TRIED) > 0;
    }

    @Override
    public int compareTo(TorchVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
