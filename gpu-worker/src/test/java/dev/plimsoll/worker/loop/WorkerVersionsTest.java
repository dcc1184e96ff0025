package dev.plimsoll.worker.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.GradientDtype;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.tensor.TensorDtype;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** How a worker comes to its versions: by states, by sums, and ahead by its own. */
class WorkerVersionsTest {

    private static final String ID = "worker-1";
    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final double SCALE = GradientClip.of(5, 2, 1).gradientScale();

    private final WorkerLoop loop = loop("fp32");

    private static WorkerLoop loop(String precision) {
        return new WorkerLoop(
                new WorkerIdentity(ID, "i-1", "h", new WorkerDevice("cpu", "x", precision, 0)));
    }

    private static RunSettings run(GradientDtype dtype) {
        return new RunSettings(
                "run",
                new RunSettings.ModelIdentity("m", "h", 100),
                new LoraSettings(4, 8, false, EnumSet.of(Projection.Q_PROJ)),
                new StepSettings(4, 0, Duration.ZERO, 0, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(1, 512, 512, Duration.ofSeconds(5)),
                new FoldSettings(dtype, 32));
    }

    // ---- what the planner says

    private List<Action> command(Command command) {
        return loop.on(new Input.CommandRead(command));
    }

    private List<Action> admit(long generation, long version) {
        List<Action> actions = command(new Command.Admitted(
                ID, "i-1", 5, generation, version, run(GradientDtype.FP32), PLACES));
        loop.on(new Input.LaneRead(5));
        return actions;
    }

    private static final List<StatePlace> PLACES = List.of(new StatePlace(0, 7, 9));

    /** Of others' contributions, or of the owner's alone. */
    private static SumSource sum(boolean published, long owner) {
        return new SumSource(published, owner, List.of());
    }

    private static Command.FixClip fixed(long version, SumSource source) {
        return new Command.FixClip(
                version - 1, 1, SCALE, 1e-3, version, version + 1, Optional.of(source));
    }

    private static FoldNumbers numbers(long version) {
        return new FoldNumbers(version, SCALE, 1e-3, version + 1);
    }

    private List<Action> order(long generation, long attempt, long step, long version) {
        command(new Command.TrainMicroBatch(
                ID,
                generation,
                new Attempt(attempt, step),
                version,
                List.of(new SequenceRef(attempt, 3, 2, 1)),
                PLAN));
        return loop.on(new Input.SequencesRead(
                new Attempt(attempt, step),
                List.of(new PackedSequence(attempt, new int[3], new boolean[3]))));
    }

    private List<Action> contribute(long contribution, long step, Long... attempts) {
        return command(new Command.Contribute(
                ID,
                1,
                contribution,
                step,
                List.of(attempts),
                Optional.of(new AheadNumbers(2, 1e-3, step + 2))));
    }

    // ---- what the engine and the readers answer

    private static AdapterState state(long version) {
        return new AdapterState(version, version, new float[1], new float[1], new float[1]);
    }

    /** Digests are eleven times the version. */
    private List<Action> load(List<Action> asked, long version) {
        long request = only(Action.ReadState.class, asked).request();
        AdapterState state = state(version);
        assertThat(loop.on(new Input.StateRead(request, state)))
                .contains(new Action.LoadState(request, state));
        return loop.on(new Input.StateLoaded(request, 11 * version));
    }

    private List<Action> folded(long version) {
        return loop.on(new Input.Folded(version, 11 * version));
    }

    private static WireVector vector() {
        return new WireVector(TensorDtype.F32, new byte[4]);
    }

    private List<Action> taken(long contribution, double squaredNorm) {
        return loop.on(new Input.SumTaken(
                new TakenSum(contribution, vector(), new double[] {squaredNorm - 1, 1})));
    }

    private List<Action> done(long attempt, long step) {
        return loop.on(new Input.MicroBatchDone(
                new Attempt(attempt, step), new MicroBatchResult.Trained(2, 2, 3, 1, 1, 1, 1, 1)));
    }

    private static Action held(long version) {
        return new Action.SendReport(new Report.VersionHeld(ID, 1, version, 11 * version));
    }

    private static <A extends Action> A only(Class<A> type, List<Action> actions) {
        List<A> found =
                actions.stream().filter(type::isInstance).map(type::cast).toList();
        assertThat(found).as("%s in %s", type.getSimpleName(), actions).hasSize(1);
        return found.getFirst();
    }

    private static void assertLeft(List<Action> actions, String note) {
        assertThat(((Report.Left) only(Action.SendReport.class, actions).report()).note())
                .contains(note);
    }

    /** Ready as generation 1 at version 6. */
    private void enter() {
        load(admit(1, 6), 6);
    }

    /** As above, and one step ahead by contribution 90: at version 7. */
    private void enterAhead() {
        enter();
        order(1, 10, 6, 6);
        done(10, 6);
        contribute(90, 6, 10L);
        taken(90, 5);
        assertThat(folded(7)).containsExactly(held(7));
    }

    @Test
    void aSumThatIsExpectedIsFollowedOnceTheWorkerIsAdmitted() {
        Command expected = new Command.ExpectContributions(6, 6, List.of(1L, 2L), List.of());
        assertThat(command(expected)).isEmpty();
        enter();
        assertThat(command(expected)).containsExactly(new Action.FollowSum(6));
    }

    // ---- joining

    @Test
    void readsAStateFromThePlacesThatItIsToldAndFoldsWhatWasCommittedSince() {
        List<Action> admitted = admit(1, 6);
        assertThat(only(Action.ReadState.class, admitted))
                .isEqualTo(new Action.ReadState(1, 6, PLACES));
        for (long version = 7; version <= 9; version++) {
            assertThat(command(fixed(version, sum(true, version))))
                    .as("it is not known yet which are needed")
                    .isEmpty();
        }
        List<Action> loaded = load(admitted, 7);
        assertThat(loaded)
                .containsExactly(
                        held(7),
                        new Action.ReadSum(2, sum(true, 8)),
                        new Action.ReadSum(3, sum(true, 9)));
        WireVector second = vector();
        assertThat(loop.on(new Input.SumRead(3, second)))
                .as("not before version 8")
                .isEmpty();
        WireVector first = vector();
        assertThat(loop.on(new Input.SumRead(2, first)))
                .containsExactly(new Action.Fold(numbers(8), first));
        assertThat(folded(8)).containsExactly(held(8), new Action.Fold(numbers(9), second));
        assertThat(folded(9))
                .containsExactly(held(9), new Action.SendReport(new Report.Ready(ID, 1, 9)));
    }

    @Test
    void aStateThatIsNewerThanWhatWasHeardIsOneToBeReadyWith() {
        assertThat(load(admit(1, 6), 8))
                .containsExactly(held(8), new Action.SendReport(new Report.Ready(ID, 1, 8)));
        assertThat(command(fixed(7, sum(true, 7)))).isEmpty();
        assertThat(command(fixed(8, sum(true, 8)))).isEmpty();
        assertThat(command(fixed(9, sum(true, 9)))).hasSize(1);
    }

    @Test
    void aNewGenerationReadsAnewAndWhatWasReadForTheOldOneIsVoid() {
        List<Action> first = admit(1, 6);
        List<Action> second = admit(2, 6);
        assertThat(loop.on(new Input.StateRead(
                        only(Action.ReadState.class, first).request(), state(6))))
                .isEmpty();
        load(second, 6);
        assertThat(only(Action.ReadState.class, admit(3, 6)).request()).isEqualTo(3);
    }

    @Test
    void whatTheEngineWasAskedForAnOldGenerationHasNoEffect() {
        enter();
        long request =
                only(Action.ReadSum.class, command(fixed(7, sum(true, 7)))).request();
        loop.on(new Input.SumRead(request, vector()));
        List<Action> admitted = admit(2, 7);
        assertThat(folded(7)).containsExactly(new Action.ZeroSum());
        assertThat(load(admitted, 7)).contains(new Action.SendReport(new Report.Ready(ID, 2, 7)));
    }

    @Test
    void aSumTakenForAnOldGenerationIsNotPublished() {
        enter();
        contribute(90, 6);
        admit(2, 6);
        assertThat(taken(90, 5)).containsExactly(new Action.ZeroSum());
    }

    // ---- folding

    @Test
    void trainsOnAVersionOnlyOnceItIsMade() {
        enter();
        assertThat(order(1, 10, 7, 7)).isEmpty();
        long request =
                only(Action.ReadSum.class, command(fixed(7, sum(true, 6)))).request();
        loop.on(new Input.SumRead(request, vector()));
        List<Action> actions = folded(7);
        assertThat(actions.getFirst()).isEqualTo(held(7));
        only(Action.Train.class, actions);
    }

    @Test
    void aVersionIsMadeAtOnceAndWhatWaitsForTheOneBeforeIsDropped() {
        enter();
        order(1, 10, 6, 6);
        order(1, 11, 6, 6);
        long request =
                only(Action.ReadSum.class, command(fixed(7, sum(true, 6)))).request();
        WireVector read = vector();
        loop.on(new Input.SumRead(request, read));
        assertThat(done(10, 6)).endsWith(new Action.Fold(numbers(7), read));
        assertThat(folded(7)).containsExactly(held(7));
    }

    @Test
    void theOneContributionOfAStepIsFoldedWithoutReadingWhereItIsItsOwn() {
        enter();
        command(new Command.Contribute(ID, 1, 90, 6, List.of()));
        taken(90, 5);
        assertThat(command(fixed(7, sum(false, 90))))
                .containsExactly(new Action.FoldTaken(numbers(7)));
        assertThat(folded(7)).containsExactly(held(7));
        assertThat(command(fixed(8, sum(false, 91))))
                .containsExactly(new Action.ReadSum(2, sum(false, 91)));
    }

    @Test
    void aSumThatItTookBeforeItBeganToShareAnotherIsReadAgain() {
        enter();
        order(1, 10, 6, 6);
        done(10, 6);
        command(new Command.Contribute(ID, 1, 90, 6, List.of(10L)));
        taken(90, 5);
        order(1, 11, 6, 6);
        assertThat(command(new Command.Contribute(ID, 1, 91, 6, List.of(11L))))
                .containsExactly(new Action.Share(new Attempt(11, 6), 91, TensorDtype.F32));
        loop.on(new Input.MicroBatchDone(
                new Attempt(11, 6),
                new MicroBatchResult.Failed(FailureReason.NON_FINITE, "NaN", 0)));
        List<Action> actions = command(fixed(7, sum(false, 90)));
        assertThat(actions).noneMatch(Action.FoldTaken.class::isInstance);
        long request = only(Action.ReadSum.class, actions).request();
        WireVector read = vector();
        assertThat(loop.on(new Input.SumRead(request, read)))
                .containsExactly(new Action.Fold(numbers(7), read));
        assertThat(folded(7)).containsExactly(held(7));
    }

    @Test
    void repeatedCommandsHaveNoEffect() {
        enter();
        command(new Command.Contribute(ID, 1, 90, 6, List.of()));
        assertThat(command(new Command.Contribute(ID, 1, 90, 6, List.of()))).isEmpty();
        assertThat(taken(90, 5)).hasSize(1);
        assertThat(command(new Command.Contribute(ID, 1, 90, 6, List.of()))).isEmpty();
        command(fixed(7, sum(false, 90)));
        assertThat(command(fixed(7, sum(false, 90)))).isEmpty();
        folded(7);
        assertThat(command(fixed(7, sum(false, 90)))).isEmpty();
        assertThat(command(fixed(3, sum(true, 3)))).isEmpty();
    }

    @Test
    void whoCannotGoOnSaysSoLivesOnAndIsAdmittedAgain() {
        enter();
        order(1, 10, 6, 6);
        long request =
                only(Action.ReadSum.class, command(fixed(7, sum(true, 6)))).request();
        assertLeft(
                loop.on(new Input.SumUnreadable(request, "deleted")),
                "the sum of version 7 cannot be read: deleted");
        assertThat(loop.on(new Input.Tick(4)))
                .containsExactly(new Action.SendReport(new Report.Heartbeat(ID, 1, 10, 4)));
        assertThat(done(10, 6)).as("nothing is done any more").isEmpty();
        assertThat(command(fixed(8, sum(true, 7)))).isEmpty();
        List<Action> admitted = admit(2, 8);
        assertThat(admitted).contains(new Action.ZeroSum());
        assertThat(load(admitted, 8)).contains(new Action.SendReport(new Report.Ready(ID, 2, 8)));
    }

    @Test
    void aVersionThatWasMissedEndsTheGeneration() {
        enter();
        assertLeft(command(fixed(8, sum(true, 7))), "nothing was heard of version 7");
    }

    // ---- going ahead

    @Test
    void makesTheNextVersionOfItsOwnSumAsThatTravelsAndTrainsOnIt() {
        enter();
        order(1, 10, 6, 6);
        done(10, 6);
        assertThat(contribute(90, 6, 10L)).containsExactly(new Action.TakeSum(90, TensorDtype.F32));
        order(1, 11, 7, 7);
        List<Action> actions = taken(90, 5);
        assertThat(actions).hasSize(2).last().isEqualTo(new Action.FoldTaken(numbers(7)));
        only(Action.PublishSum.class, actions);
        List<Action> made = folded(7);
        assertThat(made).as("said before it trains on it").startsWith(held(7));
        only(Action.Train.class, made);
        assertThat(loop.on(new Input.SumPublished(90, List.of())))
                .as("while the next is trained")
                .containsExactly(new Action.SendReport(
                        new Report.Contributed(ID, 1, 90, 6, List.of(10L), List.of())));
        assertThat(command(fixed(7, sum(false, 90)))).as("as it went ahead").isEmpty();
    }

    @Test
    void itMayBeTwoVersionsAheadAndEachIsConfirmed() {
        enterAhead();
        order(1, 11, 7, 7);
        done(11, 7);
        contribute(91, 7, 11L);
        taken(91, 5);
        assertThat(command(fixed(7, sum(false, 90)))).isEmpty();
        assertThat(command(fixed(8, sum(false, 91))))
                .as("its digest is not known yet")
                .isEmpty();
        assertThat(folded(8)).containsExactly(held(8));
        assertThat(command(fixed(9, sum(true, 9)))).as("goes on as usual").hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"11, 5, other attempts", "10, NaN, not finite"})
    void publishesOnlyWhatItCannotGoAheadWith(long asked, double squaredNorm, String why) {
        enter();
        order(1, 10, 6, 6);
        done(10, 6);
        contribute(90, 6, asked);
        assertThat(taken(90, squaredNorm))
                .as(why)
                .hasSize(1)
                .hasOnlyElementsOfType(Action.PublishSum.class);
    }

    @ParameterizedTest
    @CsvSource({"1e-9, 90, false", "0, 91, false", "0, 90, true"})
    void endsItsGenerationWhereSomethingElseIsCommitted(
            double scaleBeside, long owner, boolean published) {
        enterAhead();
        Command.FixClip same = fixed(7, sum(published, owner));
        assertLeft(
                command(new Command.FixClip(
                        same.step(),
                        same.gradientNorm(),
                        same.gradientScale() + scaleBeside,
                        same.learningRate(),
                        same.version(),
                        same.update(),
                        same.source())),
                "it went ahead to version 7");
    }

    @Test
    void aRollbackVoidsWhatIsHeldAlsoAhead() {
        enterAhead();
        order(1, 11, 7, 7);
        command(new Command.Contribute(ID, 1, 91, 7, List.of(11L)));
        List<Action> actions = command(new Command.VersionCommitted(-1, 7));
        assertThat(actions).containsExactly(new Action.ReadState(2, 7, PLACES));
        assertThat(command(new Command.VersionCommitted(-1, 7))).as("repeated").isEmpty();
        assertThat(done(11, 7))
                .as("the sum of a step that is over stays where it is")
                .hasSize(1);
        assertThat(load(actions, 7)).containsExactly(held(7));
        assertThat(order(1, 12, 8, 7)).startsWith(new Action.ZeroSum()).hasSize(2);
        assertThat(command(fixed(8, sum(true, 8)))).hasSize(1);
    }

    @Test
    void aFoldUnderWayAtARollbackIsVoid() {
        enter();
        long request =
                only(Action.ReadSum.class, command(fixed(7, sum(true, 6)))).request();
        loop.on(new Input.SumRead(request, vector()));
        List<Action> actions = command(new Command.VersionCommitted(-1, 8));
        assertThat(order(1, 12, 8, 8)).isEmpty();
        assertThat(folded(7)).isEmpty();
        assertThat(only(Action.Train.class, load(actions, 8)).attempt())
                .isEqualTo(new Attempt(12, 8));
    }

    @Test
    void aRollbackThatTheStateReadIsOfAlreadyChangesNothing() {
        load(admit(1, 6), 7);
        order(1, 10, 7, 7);
        assertThat(command(new Command.VersionCommitted(-1, 7))).isEmpty();
        done(10, 7);
        assertThat(contribute(90, 7, 10L)).hasSize(1);
    }

    // ---- leaving

    @Test
    void leavesOnlyWhenEverythingPublishedIsAcknowledged() {
        enterAhead();
        assertThat(loop.on(new Input.StopAsked("bye")))
                .containsExactly(new Action.SendReport(new Report.Draining(ID, 1, "bye")));
        assertThat(loop.on(new Input.SumPublished(90, List.of())))
                .containsExactly(
                        new Action.SendReport(
                                new Report.Contributed(ID, 1, 90, 6, List.of(10L), List.of())),
                        new Action.SendReport(new Report.Left(ID, 1, "bye")),
                        new Action.Stop(false, "bye"));
    }

    @Test
    void whoLeavesContributesAndMakesNoFurtherVersion() {
        enter();
        order(1, 10, 6, 6);
        done(10, 6);
        loop.on(new Input.StopAsked("bye"));
        contribute(90, 6, 10L);
        assertThat(taken(90, 5)).hasSize(1);
        assertThat(loop.on(new Input.SumPublished(90, List.of())))
                .endsWith(new Action.Stop(false, "bye"));
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, bf16, F32",
        "BF16, fp32, BF16",
        "AUTO, fp32, F32",
        "AUTO, bf16, BF16",
        "AUTO, fp8,  BF16",
        "AUTO, nf4,  BF16",
        "AUTO, fp64, F32"
    })
    void gradientsTravelAsTheRunSaysOrAsTheEngineComputes(
            GradientDtype dtype, String precision, TensorDtype expected) {
        WorkerLoop of = loop(precision);
        of.on(new Input.CommandRead(new Command.Admitted(ID, "i-1", 5, 1, 0, run(dtype))));
        of.on(new Input.LaneRead(5));
        of.on(new Input.StateRead(1, state(0)));
        of.on(new Input.StateLoaded(1, 0));
        assertThat(of.on(new Input.CommandRead(new Command.Contribute(ID, 1, 9, 0, List.of()))))
                .containsExactly(new Action.TakeSum(9, expected));
    }
}
