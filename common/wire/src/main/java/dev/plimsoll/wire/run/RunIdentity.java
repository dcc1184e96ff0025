package dev.plimsoll.wire.run;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a run was created with, besides its settings.
 *
 * @param seal the key with which the run's processes seal their records, in hex; empty: they do not
 * @param samplesTopic the broker's id of the topic {@code samples}; empty: unknown
 * @param texts SHA-256, in hex, of each file of the model's directory that says how samples become
 *     tokens; empty: unknown
 */
public record RunIdentity(String seal, String samplesTopic, SortedMap<String, String> texts) {

    /** Of a run from before there was any. */
    public static final RunIdentity UNKNOWN = new RunIdentity("", "", Collections.emptySortedMap());

    public RunIdentity {
        texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts));
    }

    /** As it may be shown: without the key. */
    public RunIdentity unsealed() {
        return new RunIdentity("", samplesTopic, texts);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "RunIdentity[samplesTopic=" + samplesTopic + ", texts=" + texts + "]";
    }
}
