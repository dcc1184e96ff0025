package dev.plimsoll.audit;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionRef;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Of whose contributions the versions were made, as the journal says: of each generation the newest
 * one. What a rollback undid is forgotten.
 */
final class Built {

    /** By contribution that was accepted, of steps that are open. */
    private final TreeMap<Long, Long> generations = new TreeMap<>();
    /** By open step, the contributions that are summed. */
    private final Map<Long, List<Long>> summed = new HashMap<>();

    private final Map<Long, Long> newest = new HashMap<>();

    void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.ContributionAccepted(ContributionRef ref) ->
                generations.put(ref.contribution(), ref.generation());
            case JournalRecord.ContributionVoided voided ->
                generations.remove(voided.contribution());
            case JournalRecord.StepSumming summing ->
                summed.put(summing.step(), summing.contributions());
            case JournalRecord.StepCommitted step -> committed(step);
            case JournalRecord.RolledBack back ->
                newest.values().removeIf(version -> version > back.ofVersion());
            // no other fact says what a version is made of
            default -> {}
        }
    }

    /** Numbers of contributions and steps grow: what is older is not open any more. */
    private void committed(JournalRecord.StepCommitted step) {
        for (long contribution : summed.getOrDefault(step.step(), List.of())) {
            Long generation = generations.get(contribution);
            if (generation != null) {
                newest.put(generation, step.version());
            }
            generations.headMap(contribution, true).clear();
        }
        summed.keySet().removeIf(is -> is <= step.step());
    }

    /** A version that was made of what the generation contributed on top of this one, or later. */
    OptionalLong onTopOf(long version, long generation) {
        Long made = newest.get(generation);
        return made != null && made > version ? OptionalLong.of(made) : OptionalLong.empty();
    }
}
