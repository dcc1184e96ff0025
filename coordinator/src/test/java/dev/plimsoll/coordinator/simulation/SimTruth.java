package dev.plimsoll.coordinator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.parameters.AdamW;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.wire.ContributionManifest;
import dev.plimsoll.wire.JournalRecord;
import dev.plimsoll.wire.RejectionReason;
import dev.plimsoll.wire.ShardManifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must be true, kept apart from the planner's own state: which sequences belong to which version, and the adapter
 * that a single undisturbed machine would have at each version.
 */
final class SimTruth {
    private final SimWorld world;
    private final AdamW adamW;
    private final Map<Long, TreeSet<Long>> membersByStep = new HashMap<>();
    private final Set<Long> decided = new HashSet<>();
    private final Set<Long> opened = new HashSet<>();
    private final Map<Long, RejectionReason> rejected = new TreeMap<>();
    private final List<ShardState> reference = new ArrayList<>();

    SimTruth(SimWorld world) {
        this.world = world;
        this.adamW = new AdamW(world.run.optimizer());
        reference.add(ShardState.initial(0, new float[(int) world.layout.parameters()]));
    }

    /** Every record of the journal, as it becomes durable. */
    void journaled(JournalRecord record) {
        switch (record) {
            case JournalRecord.StepOpened step -> {
                membersByStep.put(step.step(), new TreeSet<>(step.ordinals()));
                step.ordinals()
                        .forEach(ordinal -> assertThat(opened.add(ordinal))
                                .as("ordinal %d enters one step only", ordinal)
                                .isTrue());
            }
            case JournalRecord.SampleRejected out -> {
                decide(out.ordinal());
                rejected.put(out.ordinal(), out.reason());
                membersByStep.values().forEach(members -> members.remove(out.ordinal()));
            }
            case JournalRecord.ClipFixed clip -> extendReference(clip);
            case JournalRecord.StepCommitted step -> {
                membersByStep.get(step.step()).forEach(this::decide);
            }
            default -> {}
        }
    }

    private void decide(long ordinal) {
        assertThat(decided.add(ordinal)).as("ordinal %d has one end", ordinal).isTrue();
    }

    private void extendReference(JournalRecord.ClipFixed clip) {
        Set<Long> members = membersByStep.get(clip.step());
        long lossTokens = members.stream()
                .mapToLong(ordinal -> world.sequence(ordinal).lossTokens())
                .sum();
        double norm = Math.sqrt(members.size()) / lossTokens;
        assertThat(clip.gradientNorm())
                .as("gradient norm of step %d", clip.step())
                .isEqualTo(norm);
        ShardState last = reference.getLast();
        float[] gradient = new float[last.master().length];
        members.forEach(ordinal -> gradient[ordinal.intValue()] = (float) clip.gradientScale());
        float[] master = last.master().clone();
        float[] first = last.firstMoment().clone();
        float[] second = last.secondMoment().clone();
        adamW.update(master, gradient, first, second, last.version() + 1, clip.learningRate());
        reference.add(new ShardState(0, last.version() + 1, master, first, second));
    }

    /** A shard is about to make this version durable. */
    void applied(ShardState state, ShardManifest manifest) {
        List<Long> summed = manifest.builtFrom().stream()
                .flatMap(contribution -> contribution.attempts().stream())
                .map(ContributionManifest.TrainedAttempt::ordinals)
                .flatMap(List::stream)
                .sorted()
                .toList();
        assertThat(world.plant.believesLedger ? List.of() : summed)
                .as("the manifest of version %d names its step's members", state.version())
                .isEqualTo(world.plant.believesLedger ? List.of() : List.copyOf(membersByStep.get(manifest.step())));
        requireReference(state);
    }

    void requireReference(ShardState state) {
        assertThat(state.version()).as("version of %s", state).isLessThan(reference.size());
        float[] whole = reference.get((int) state.version()).master();
        int start = (int) world.layout.start(state.shard());
        for (int i = 0; i < state.master().length; i++) {
            assertThat(state.master()[i])
                    .as("parameter %d in %s", start + i, state)
                    .isEqualTo(whole[start + i]);
        }
    }

    /** The end: every sample has exactly one end, and the right one. */
    void requireComplete() {
        for (long ordinal = 0; ordinal < world.kafka.tokenized.size(); ordinal++) {
            assertThat(decided).as("ordinal %d has an end", ordinal).contains(ordinal);
            RejectionReason reason = rejected.get(ordinal);
            if (world.poisonous.contains(ordinal) || world.unreadable.contains(ordinal)) {
                assertThat(reason).as("ordinal %d is untrainable", ordinal).isNotNull();
            }
            if (reason != null) {
                requireDeserved(ordinal, reason);
            }
        }
    }

    private void requireDeserved(long ordinal, RejectionReason reason) {
        boolean deserved = switch (reason) {
            case NON_FINITE -> world.poisonous.contains(ordinal);
            case UNREADABLE_SEQUENCE -> world.unreadable.contains(ordinal);
            case NOTHING_TO_TRAIN -> world.sequence(ordinal).lossTokens() == 0;
            case OUT_OF_MEMORY -> world.sequence(ordinal).tokens() > SimWorker.SMALLEST_CAPACITY_TOKENS;
            default -> false;
        };
        assertThat(deserved).as("ordinal %d was rejected, %s", ordinal, reason).isTrue();
    }

    Set<Long> decided() {
        return decided;
    }
}
