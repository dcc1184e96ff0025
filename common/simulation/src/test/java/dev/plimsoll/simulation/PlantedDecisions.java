package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.planner.Planner;
import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.driver.Decider;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a planner without a defence would decide: the real one's decisions, rewritten. */
final class PlantedDecisions implements Decider {
    private final SimWorld world;
    private final Planner planner;
    /** What may not count, and is smuggled in. */
    private final List<ContributionRef> smuggled = new ArrayList<>();

    private final List<Long> steps = new ArrayList<>();

    PlantedDecisions(SimWorld world, Planner planner) {
        this.world = world;
        this.planner = planner;
    }

    /** For {@link Plant#ZOMBIES_COUNT}: what an ended generation contributed. */
    void heard(PlannerState state, Report report) {
        if (world.plant == Plant.ZOMBIES_COUNT
                && report instanceof Report.Contributed contributed
                && state.fleet()
                        .current(contributed.workerId(), contributed.generation())
                        .isEmpty()) {
            smuggle(
                    contributed.step(),
                    new ContributionRef(
                            contributed.contribution(),
                            contributed.workerId(),
                            contributed.generation(),
                            contributed.attempts(),
                            contributed.spans()));
        }
    }

    @Override
    public Decision decide(
            PlannerState state, Liveness liveness, List<Input> inputs, long nowMillis) {
        List<Input> looked = world.plant != Plant.NO_LEASE_EXPIRES
                ? inputs
                : inputs.stream()
                        .filter(input -> !(input instanceof Input.Tick))
                        .toList();
        return rewritten(state, planner.decide(believed(state), liveness, looked, nowMillis));
    }

    /** For the plants that mistake what operators said of sources. */
    private PlannerState believed(PlannerState state) {
        return switch (world.plant) {
            case PAUSED_SOURCE_TRAINED -> with(state, "\"PAUSED\"", "\"ACTIVE\"");
            case REMOVED_SOURCE_TRAINED -> with(state, "\"REMOVED\"", "\"ACTIVE\"");
            case EVALUATION_SAMPLE_TRAINED ->
                with(state, "\"evaluation\":true", "\"evaluation\":false");
            case WEIGHTS_IGNORED -> with(state, "\"weight\":[0-9]+", "\"weight\":0");
            default -> state;
        };
    }

    private static PlannerState with(PlannerState state, String what, String instead) {
        return PlannerState.fromJson(state.toJson().replaceAll(what, instead));
    }

    private Decision rewritten(PlannerState before, Decision decision) {
        return switch (world.plant) {
            case VOID_CONTRIBUTION_COUNTS -> {
                decision.records().forEach(record -> voided(before, record));
                yield withSmuggled(decision);
            }
            case ZOMBIES_COUNT -> withSmuggled(decision);
            case CHECKPOINT_FORGETS_POSITION ->
                withRecords(
                        decision,
                        decision.records().stream()
                                .map(PlantedDecisions::nothingWaited)
                                .toList());
            case CHECKPOINT_FORGETS_SOURCES ->
                withRecords(
                        decision,
                        decision.records().stream()
                                .map(PlantedDecisions::withoutSources)
                                .toList());
            case REMOVED_SAMPLE_STAYS ->
                withRecords(
                        decision,
                        decision.records().stream()
                                .filter(record ->
                                        !(record instanceof JournalRecord.SampleRejected out
                                                && out.reason() == RejectionReason.SOURCE_REMOVED))
                                .toList());
            case EVALUATED_TWICE ->
                withRecords(
                        decision,
                        decision.records().stream()
                                .flatMap(record -> record instanceof JournalRecord.Evaluated
                                        ? Stream.of(record, record)
                                        : Stream.of(record))
                                .toList());
            case WRONG_NORMALISER -> wrong(decision, factor(before));
            case STEPS_STAY_ON_A_VOID_ONE ->
                withRecords(
                        decision,
                        decision.records().stream()
                                .filter(record -> !(record instanceof JournalRecord.StepsUndone))
                                .toList());
            case COMMITTED_STEPS_FORGOTTEN ->
                withCommands(
                        decision,
                        decision.commands().stream()
                                .filter(command -> !(command instanceof Command.FixClip clip
                                        && clip.version() <= before.status().version()))
                                .toList());
            case CARD_PARTS_SWAPPED ->
                withRecords(
                        decision,
                        decision.records().stream()
                                .map(PlantedDecisions::swapped)
                                .toList());
            default -> decision;
        };
    }

    private static JournalRecord swapped(JournalRecord record) {
        return record instanceof JournalRecord.MicroBatchDispatched is
                ? new JournalRecord.MicroBatchDispatched(
                        is.attempt(),
                        is.workerId(),
                        is.generation(),
                        is.ordinals(),
                        swapped(is.plan()),
                        is.bestMicros())
                : record;
    }

    private static MemoryPlan swapped(MemoryPlan plan) {
        return new MemoryPlan(
                plan.recomputeLayers(),
                plan.headChunkTokens(),
                plan.mlpTileTokens(),
                plan.offloadLayers(),
                plan.attentionGroups(),
                plan.pipelineTokens(),
                plan.cards().reversed());
    }

    private void voided(PlannerState before, JournalRecord record) {
        if (record instanceof JournalRecord.ContributionVoided voided) {
            before.withContribution(voided.contribution())
                    .ifPresent(work -> work.contributions().accepted().stream()
                            .filter(ref -> ref.contribution() == voided.contribution())
                            .forEach(ref -> smuggle(work.step().step(), ref)));
        }
    }

    private static JournalRecord nothingWaited(JournalRecord record) {
        return record instanceof JournalRecord.CheckpointBegun begun
                ? new JournalRecord.CheckpointBegun(
                        begun.name(),
                        begun.version(),
                        begun.stepsDone(),
                        new DataPosition(begun.position().epoch(), DataPosition.END))
                : record;
    }

    private static JournalRecord withoutSources(JournalRecord record) {
        return record instanceof JournalRecord.CheckpointBegun begun
                ? new JournalRecord.CheckpointBegun(
                        begun.name(),
                        begun.version(),
                        begun.stepsDone(),
                        new DataPosition(
                                begun.position().epoch(), begun.position().rank()))
                : record;
    }

    private void smuggle(long step, ContributionRef ref) {
        if (smuggled.stream().noneMatch(before -> before.contribution() == ref.contribution())) {
            smuggled.add(ref);
            steps.add(step);
        }
    }

    private Decision withSmuggled(Decision decision) {
        return withCommands(
                decision, decision.commands().stream().map(this::join).toList());
    }

    private static Decision withCommands(Decision decision, List<Command> commands) {
        return new Decision(
                decision.records(),
                commands,
                decision.rejections(),
                decision.steps(),
                decision.evaluations(),
                decision.reason());
    }

    private Command join(Command command) {
        if (!(command instanceof Command.ApplyStep apply)) {
            return command;
        }
        List<ContributionRef> all = new ArrayList<>(apply.contributions());
        for (int i = 0; i < smuggled.size(); i++) {
            ContributionRef ref = smuggled.get(i);
            boolean named = apply.contributions().stream()
                    .anyMatch(is -> is.contribution() == ref.contribution());
            if (steps.get(i) == apply.step() && !named) {
                all.add(ref);
            }
        }
        return new Command.ApplyStep(apply.step(), apply.baseVersion(), all, apply.lossTokens());
    }

    private static Decision withRecords(Decision decision, List<JournalRecord> records) {
        return new Decision(
                records,
                decision.commands(),
                decision.rejections(),
                decision.steps(),
                decision.evaluations(),
                decision.reason());
    }

    /** From the tokens that count to all tokens, of the step that is committed next. */
    private static double factor(PlannerState before) {
        long tokens = 0;
        long lossTokens = 0;
        for (StepWork work : before.oldest().stream().toList()) {
            for (AdmittedSample member : work.step().members()) {
                tokens += member.sequence().tokens();
                lossTokens += member.sequence().lossTokens();
            }
        }
        return (double) lossTokens / tokens;
    }

    private static Decision wrong(Decision decision, double factor) {
        return new Decision(
                decision.records().stream()
                        .map(record -> record instanceof JournalRecord.ClipFixed clip
                                ? new JournalRecord.ClipFixed(
                                        clip.step(),
                                        clip.gradientNorm(),
                                        clip.gradientScale() * factor,
                                        clip.learningRate())
                                : record)
                        .toList(),
                decision.commands().stream()
                        .map(command -> command instanceof Command.FixClip clip
                                ? new Command.FixClip(
                                        clip.step(),
                                        clip.gradientNorm(),
                                        clip.gradientScale() * factor,
                                        clip.learningRate(),
                                        clip.version(),
                                        clip.update(),
                                        clip.source())
                                : command)
                        .toList(),
                decision.rejections(),
                decision.steps(),
                decision.evaluations(),
                decision.reason());
    }
}
