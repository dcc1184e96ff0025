package dev.plimsoll.wire.protocol;

import dev.plimsoll.wire.codec.Shown;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How people write a cap of a worker's memory: bytes, with a unit if they like, or {@code off}. */
public final class CapBytes {

    private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,15})(B|KiB|MiB|GiB)?");
    private static final Map<String, Integer> SHIFTS =
            Map.of("B", 0, "KiB", 10, "MiB", 20, "GiB", 30);
    private static final long MOST = 1L << 50;
    private static final int SHOWN = 80;

    private CapBytes() {}

    /**
     * Bytes; 0 for {@code off}. Throws IllegalArgumentException, naming the value and what is
     * allowed.
     */
    public static long parse(String text) {
        if (text.equals("off")) {
            return 0;
        }
        Matcher amount = AMOUNT.matcher(text);
        if (amount.matches()) {
            long number = Long.parseLong(amount.group(1));
            int shift = amount.group(2) == null ? 0 : SHIFTS.get(amount.group(2));
            if (number > 0 && number <= MOST >> shift) {
                return number << shift;
            }
        }
        throw new IllegalArgumentException("cap '" + Shown.line(text, SHOWN)
                + "' is not usable; give bytes, such as 42949672960 or 40GiB, or off");
    }
}
