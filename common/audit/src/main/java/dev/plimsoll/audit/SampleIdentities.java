package dev.plimsoll.audit;

import dev.plimsoll.audit.table.OriginMap;
import dev.plimsoll.wire.codec.Shown;
import dev.plimsoll.wire.sample.SampleOrigin;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What records say that they are: those that were submitted, and those that were made of them. */
final class SampleIdentities {

    private static final int SHOWN = 80;

    private final OriginMap<Identity> submitted = new OriginMap<>();
    private final OriginMap<Identity> tokenized = new OriginMap<>();
    private final OriginMap<Identity> rejected = new OriginMap<>();

    void submitted(SampleOrigin origin, String key, String sha256) {
        submitted.put(origin, Identity.of(key, sha256).sharing(tokenized.get(origin)));
    }

    void tokenized(SampleOrigin origin, String sampleId, String sha256) {
        tokenized.put(origin, Identity.of(sampleId, sha256).sharing(submitted.get(origin)));
    }

    void rejected(SampleOrigin origin, String sampleId, String sha256) {
        rejected.put(origin, Identity.of(sampleId, sha256));
    }

    boolean isSubmitted(SampleOrigin origin) {
        return submitted.containsKey(origin);
    }

    Stream<SampleOrigin> submitted() {
        return submitted.origins();
    }

    /** What was made of a record must be what was submitted there. */
    void compare(Findings findings) {
        submitted.forEach((origin, said) -> {
            compare(origin, said, tokenized.get(origin), "tokenized", findings);
            compare(origin, said, rejected.get(origin), "samples.rejected", findings);
        });
    }

    private static void compare(
            SampleOrigin origin, Identity said, Identity made, String topic, Findings findings) {
        // mostly they are one object
        if (made == null || made == said) {
            return;
        }
        String where = "sample at " + origin.partition() + ":" + origin.offset();
        if (!made.saysNoContent() && !made.hasContentOf(said)) {
            findings.add(where + " is in topic " + topic
                    + " with another SHA-256 than it was submitted with");
        } else if (!said.key().isEmpty() && !made.key().equals(said.key())) {
            findings.add(where + " is in topic " + topic + " as '" + Shown.line(made.key(), SHOWN)
                    + "', and was submitted as '" + Shown.line(said.key(), SHOWN) + "'");
        }
    }

    /**
     * Records that say again, with the same id and the same bytes, what a tokenized or rejected
     * record said before.
     *
     * @param isDealtWith whether something was made of the record itself
     * @param refused origins of what was rejected
     */
    Set<SampleOrigin> repeats(Predicate<SampleOrigin> isDealtWith, Stream<SampleOrigin> refused) {
        Map<SampleOrigin, Identity> open = new HashMap<>();
        submitted
                .origins()
                .filter(isDealtWith.negate())
                .forEach(origin -> open.put(origin, submitted.get(origin)));
        Set<Identity> wanted = new HashSet<>(open.values());
        Set<Identity> known = new HashSet<>();
        if (!wanted.isEmpty()) {
            Stream.of(
                            tokenized.origins().map(tokenized::get),
                            rejected.origins().map(rejected::get),
                            refused.map(submitted::get))
                    .flatMap(identities -> identities)
                    .filter(wanted::contains)
                    .forEach(known::add);
        }
        open.values().removeIf(identity -> !known.contains(identity));
        return open.keySet();
    }
}
