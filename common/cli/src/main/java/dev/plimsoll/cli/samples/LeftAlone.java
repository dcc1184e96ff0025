package dev.plimsoll.cli.samples;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleReading;
import dev.plimsoll.wire.codec.Shown;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The fields of one file's samples of which nothing is trained or read. */
final class LeftAlone {

    private static final int NAMES = 20;
    private static final int NAME_CHARACTERS = 60;

    private final Set<String> names = new LinkedHashSet<>();
    private boolean more;

    /** Of a rejected sample it is not known: nobody looked at the rest of its fields. */
    void add(SampleReading reading) {
        if (reading.outcome() instanceof ParsedSample) {
            for (String name : reading.leftAlone()) {
                if (names.size() < NAMES) {
                    names.add(name);
                } else {
                    more |= !names.contains(name);
                }
            }
        }
    }

    void clear() {
        names.clear();
        more = false;
    }

    /** A sentence; empty where there are none. */
    Optional<String> line() {
        if (names.isEmpty()) {
            return Optional.empty();
        }
        List<String> shown = new ArrayList<>();
        names.forEach(name -> shown.add(Shown.line(name, NAME_CHARACTERS)));
        if (more) {
            shown.add("…");
        }
        boolean one = shown.size() == 1;
        return Optional.of((one ? "the field " : "the fields ") + String.join(", ", shown)
                + (one ? " is" : " are") + " left alone: nothing of "
                + (one ? "it" : "them") + " is trained or read");
    }
}
