package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What must be true of sources, from the journal and from what operators asked for alone: steps
 * take samples of active sources only, of each in its order, and of several by their weights; only
 * samples of removed sources are rejected for that.
 */
final class SimSources {
    static final List<String> NAMES = List.of(SourceName.DEFAULT, "a", "b", "c");

    /** Of samples that are evaluated and never trained. */
    static final String HELD = "held";

    /** One before those that are counted, and one of them. */
    private static final int ONE_IN_IS_HELD = 4;

    /** Decision 0143 says why, for the three sources that share. */
    private static final double SHARE_WITHIN = 2.000001;

    private final SimWorld world;
    private final SplittableRandom operator;
    private final SplittableRandom evaluator;
    private final TreeSet<Long> gone = new TreeSet<>();
    private final Set<String> seen = new HashSet<>();
    private final Map<String, Control.OfSource> asked = new HashMap<>();
    private final Map<String, State> states = new TreeMap<>();
    private final List<Long> admitted = new ArrayList<>();
    /** What is counted since the same sources have had samples, with the same weights. */
    private final Map<String, Integer> had = new HashMap<>();

    private Map<String, Integer> beside = Map.of();

    private record State(SourceStatus status, int weight, boolean evaluation) {}

    SimSources(SimWorld world) {
        this.world = world;
        this.operator = world.random("source-operator");
        this.evaluator = world.random("source-evaluator");
    }

    /** Whether submitters of that run name sources, and operators speak of them. */
    static boolean areSeveral(long seed) {
        return seed % 5 < 2;
    }

    /** What the submitter of that sample says; empty when nothing. */
    static Map<String, String> headers(SimWorld world, int submission) {
        if (SimEvaluations.areThere(world.scenario.seed())
                && world.random("held-" + submission).nextInt(ONE_IN_IS_HELD) == 0) {
            return Map.of(SourceName.HEADER, HELD);
        }
        if (!areSeveral(world.scenario.seed())) {
            return Map.of();
        }
        String name = NAMES.get(world.random("source-" + submission).nextInt(NAMES.size() - 1));
        return name.equals(SourceName.DEFAULT) ? Map.of() : Map.of(SourceName.HEADER, name);
    }

    /** What somebody asks for before anything is submitted. */
    Control.OfSource hold() {
        Control.OfSource control =
                new Control.AddSource(HELD, 1, "source-request-held", "simulator", true);
        asked.put(control.request(), control);
        return control;
    }

    private boolean isOfHeld() {
        return SimEvaluations.areThere(world.scenario.seed())
                && evaluator.nextInt(ONE_IN_IS_HELD) == 0;
    }

    /** What an operator asks for now. */
    Control.OfSource ask(FaultKind kind, int action) {
        String drawn = NAMES.get(operator.nextInt(NAMES.size()));
        String name = isOfHeld() ? HELD : drawn;
        boolean evaluation = name.equals(HELD) != isOfHeld();
        String request = "source-request-" + action + kind;
        int weight = 1 + operator.nextInt(operator.nextBoolean() ? 4 : 1_000);
        Control.OfSource control = switch (kind) {
            case OPERATOR_ADDS_SOURCE ->
                new Control.AddSource(name, weight, request, "simulator", evaluation);
            case OPERATOR_WEIGHS_SOURCE ->
                new Control.WeighSource(name, weight, request, "simulator");
            case OPERATOR_PAUSES_SOURCE -> new Control.PauseSource(name, request, "simulator");
            case OPERATOR_RESUMES_SOURCE -> new Control.ResumeSource(name, request, "simulator");
            case OPERATOR_REMOVES_SOURCE -> new Control.RemoveSource(name, request, "simulator");
            default -> throw new IllegalArgumentException(kind.name());
        };
        asked.put(request, control);
        return control;
    }

    /** A paused source keeps the run open: in the end each is resumed, or removed. */
    List<Control> release() {
        List<Control> controls = new ArrayList<>();
        for (String name : Stream.concat(NAMES.stream(), Stream.of(HELD)).toList()) {
            String request = "source-release-" + name;
            Control.OfSource control = operator.nextInt(3) == 0
                    ? new Control.RemoveSource(name, request, "simulator")
                    : new Control.ResumeSource(name, request, "simulator");
            asked.put(request, control);
            controls.add(control);
        }
        return controls;
    }

    void journaled(JournalRecord.SourceChanged changed) {
        State before = states.get(changed.name());
        if (before == null && seen.contains(changed.name())) {
            before = new State(SourceStatus.ACTIVE, 0, false);
        }
        int weight = before == null ? 0 : before.weight();
        SourceStatus status = before == null ? SourceStatus.ACTIVE : before.status();
        boolean evaluation = before != null && before.evaluation();
        State meant = switch (asked.get(changed.request())) {
            case Control.AddSource add ->
                new State(
                        status == SourceStatus.REMOVED ? SourceStatus.ACTIVE : status,
                        add.evaluation() ? 0 : add.weight(),
                        add.evaluation());
            case Control.WeighSource weigh -> new State(status, weigh.weight(), false);
            case Control.PauseSource pause -> new State(SourceStatus.PAUSED, weight, evaluation);
            case Control.ResumeSource resume -> new State(SourceStatus.ACTIVE, weight, evaluation);
            case Control.RemoveSource remove -> new State(SourceStatus.REMOVED, weight, evaluation);
        };
        assertThat(before == null || before.evaluation() == meant.evaluation())
                .as("%s, which was %s, is for the same as before", changed, before)
                .isTrue();
        assertThat(new State(changed.status(), changed.weight(), changed.evaluation()))
                .as("%s, which was %s", changed, before)
                .isEqualTo(meant);
        states.put(changed.name(), meant);
    }

    void journaled(JournalRecord.SampleAdmitted is) {
        admitted.add(is.sequence().ordinal());
        seen.add(world.sourceOf(is.sequence().ordinal()));
    }

    void journaled(JournalRecord.SampleRejected out, boolean wasOpened) {
        gone.add(out.ordinal());
        if (out.reason() == RejectionReason.SOURCE_REMOVED) {
            assertThat(state(world.sourceOf(out.ordinal())).status())
                    .as("the source of ordinal %d, which is rejected for it", out.ordinal())
                    .isEqualTo(SourceStatus.REMOVED);
            world.situations.add(
                    wasOpened
                            ? Situation.REMOVED_SOURCE_IS_GIVEN_BACK
                            : Situation.SOURCE_IS_REMOVED);
        }
    }

    private State state(String source) {
        return states.getOrDefault(source, new State(SourceStatus.ACTIVE, 0, false));
    }

    /** Whether the sample must never be trained. */
    boolean isHeld(long ordinal) {
        return state(world.sourceOf(ordinal)).evaluation();
    }

    /** The ordinals that an evaluation that opens now covers, if it takes all. */
    List<Long> toEvaluate() {
        return admitted.stream()
                .filter(ordinal -> isHeld(ordinal)
                        && !gone.contains(ordinal)
                        && state(world.sourceOf(ordinal)).status() == SourceStatus.ACTIVE)
                .sorted()
                .toList();
    }

    /** Members go back: shares are counted anew. */
    void wentBack() {
        beside = Map.of();
    }

    /**
     * @param taken in this epoch, or rejected
     * @param first whether the epoch is the first, whose order is that of arrival
     */
    void open(List<Long> ordinals, Set<Long> taken, boolean first) {
        Map<String, TreeSet<Long>> waiting = new TreeMap<>();
        for (long ordinal : admitted) {
            String source = world.sourceOf(ordinal);
            if (!taken.contains(ordinal)
                    && !isHeld(ordinal)
                    && state(source).status() == SourceStatus.ACTIVE) {
                waiting.computeIfAbsent(source, _ -> new TreeSet<>()).add(ordinal);
            }
        }
        for (long ordinal : ordinals) {
            String source = world.sourceOf(ordinal);
            assertThat(isHeld(ordinal))
                    .as("ordinal %d is for evaluation and enters a step", ordinal)
                    .isFalse();
            assertThat(state(source).status())
                    .as("the source of ordinal %d, which enters a step", ordinal)
                    .isEqualTo(SourceStatus.ACTIVE);
            if (isWeighed()) {
                share(source, waiting.keySet());
            } else {
                beside = Map.of();
            }
            if (first) {
                assertThat(ordinal)
                        .as("next of %s", waiting)
                        .isEqualTo(
                                isWeighed()
                                        ? waiting.get(source).first()
                                        : waiting.values().stream()
                                                .map(TreeSet::first)
                                                .min(Comparator.naturalOrder())
                                                .orElseThrow());
            }
            waiting.get(source).remove(ordinal);
            waiting.values().removeIf(Set::isEmpty);
        }
    }

    private boolean isWeighed() {
        return states.values().stream()
                .anyMatch(state -> state.weight() > 0 && state.status() != SourceStatus.REMOVED);
    }

    private void share(String taken, Set<String> sources) {
        Map<String, Integer> weights = new TreeMap<>();
        sources.forEach(source -> weights.put(source, Math.max(1, state(source).weight())));
        if (!weights.equals(beside)) {
            beside = weights;
            had.clear();
        }
        if (weights.size() > 1) {
            world.situations.add(Situation.STEP_MIXES_SOURCES);
        }
        had.merge(taken, 1, Integer::sum);
        int all = had.values().stream().mapToInt(Integer::intValue).sum();
        int sum = weights.values().stream().mapToInt(Integer::intValue).sum();
        weights.forEach((source, weight) -> assertThat((double) had.getOrDefault(source, 0))
                .as("samples of source %s, of %d by %s", source, all, weights)
                .isCloseTo((double) all * weight / sum, within(SHARE_WITHIN)));
    }

    /** The run waits for an operator when all that is left is of paused sources. */
    void noteHeldOpen(boolean finishAsked, boolean isOpen, Set<Long> taken) {
        boolean onlyPaused = finishAsked
                && !isOpen
                && admitted.stream()
                        .filter(ordinal -> !taken.contains(ordinal) && !isHeld(ordinal))
                        .anyMatch(ordinal ->
                                state(world.sourceOf(ordinal)).status() == SourceStatus.PAUSED);
        if (onlyPaused) {
            world.situations.add(Situation.PAUSED_SOURCE_HOLDS_THE_END);
        }
    }
}
