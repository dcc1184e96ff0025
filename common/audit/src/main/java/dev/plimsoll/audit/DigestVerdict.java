package dev.plimsoll.audit;

import java.util.List;

/**
 * What the digests of a run say.
 *
 * @param findings sentences about replicas that differ and stayed: the run is not clean
 * @param notes sentences about those that differed and were healed
 */
record DigestVerdict(DigestCounts counts, List<String> findings, List<String> notes) {
    DigestVerdict {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }
}
