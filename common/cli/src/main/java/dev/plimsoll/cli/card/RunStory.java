package dev.plimsoll.cli.card;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What led to a version, for people: which samples there were, the loss of each step, evaluations.
 * It is the fold of the journal and of the lines about steps, in any order of the two; what
 * rollbacks undid is not in it.
 */
public final class RunStory {

    /** The samples of a source that were admitted. */
    public record Source(long samples, long tokens, boolean evaluation) {

        Source with(long more, boolean evaluated) {
            return new Source(samples + (more > 0 ? 1 : 0), tokens + more, evaluated);
        }
    }

    private static final Source NONE = new Source(0, 0, false);

    private final SortedMap<String, Source> sources = new TreeMap<>();
    private final Set<Long> rejected = new HashSet<>();
    private final TreeMap<Long, JournalRecord.EvaluationClosed> evaluations = new TreeMap<>();
    private final TreeMap<Long, Long> steps = new TreeMap<>();
    private final SortedMap<Long, StepRecord> lines = new TreeMap<>();

    /** A fact of the journal; those that tell nothing of this are passed over. */
    public void take(JournalRecord fact) {
        if (fact instanceof JournalRecord.SampleAdmitted sample) {
            Source before = sources.getOrDefault(sample.source(), NONE);
            sources.put(
                    sample.source(), before.with(sample.sequence().tokens(), before.evaluation()));
        } else if (fact instanceof JournalRecord.SourceChanged source) {
            Source before = sources.getOrDefault(source.name(), NONE);
            sources.put(source.name(), before.with(0, source.evaluation()));
        } else if (fact instanceof JournalRecord.SampleRejected sample) {
            rejected.add(sample.ordinal());
        } else if (fact instanceof JournalRecord.StepCommitted step) {
            steps.put(step.version(), step.step());
        } else if (fact instanceof JournalRecord.EvaluationClosed evaluation) {
            evaluations.put(evaluation.version(), evaluation);
        } else if (fact instanceof JournalRecord.RolledBack back) {
            steps.tailMap(back.ofVersion(), false).clear();
            evaluations.tailMap(back.ofVersion(), false).clear();
        }
    }

    /** A line about a step. */
    public void take(StepRecord line) {
        lines.put(line.version(), line);
    }

    /** By name, those that have samples. */
    public SortedMap<String, Source> sources() {
        SortedMap<String, Source> used = new TreeMap<>(sources);
        used.values().removeIf(source -> source.samples() == 0);
        return used;
    }

    /** Samples that the workers could not train. */
    public int rejectedInTraining() {
        return rejected.size();
    }

    /** The steps that led to that version, in their order. */
    public List<StepRecord> steps(long version) {
        List<StepRecord> led = new ArrayList<>();
        steps.headMap(version, true).forEach((made, step) -> {
            if (lines.containsKey(made)) {
                led.add(lines.get(made));
            }
        });
        return led;
    }

    /** The evaluations of that version and of those before it, in their order. */
    public List<JournalRecord.EvaluationClosed> evaluations(long version) {
        return List.copyOf(evaluations.headMap(version, true).values());
    }
}
