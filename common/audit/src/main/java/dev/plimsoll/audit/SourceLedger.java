package dev.plimsoll.audit;

import dev.plimsoll.wire.protocol.SourceName;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/** Which source each sequence is of, and how far each source was trained. */
final class SourceLedger {

    /** By ordinal; those of the default source are not in it. */
    private final Map<Long, String> sources = new HashMap<>();

    void tokenized(long ordinal, String source) {
        if (!source.equals(SourceName.DEFAULT)) {
            sources.put(ordinal, source);
        }
    }

    String of(long ordinal) {
        return sources.getOrDefault(ordinal, SourceName.DEFAULT);
    }

    /** The last of the ordinals of each source. */
    Map<String, Long> last(LongStream ordinals) {
        Map<String, Long> last = new HashMap<>();
        ordinals.forEach(ordinal -> last.merge(of(ordinal), ordinal, Math::max));
        return last;
    }
}
