package dev.plimsoll.worker.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a worker says that has nothing to do and hears nothing: the planner may not know it. */
class WorkerSilenceTest {

    private static final String ID = "worker-1";
    private static final RunSettings RUN = TestRun.ofLease(Duration.ofSeconds(5));
    private static final WorkerIdentity IDENTITY =
            new WorkerIdentity(ID, "i-1", "h", new WorkerDevice("cpu", "x", "fp32", 0));

    private final WorkerLoop loop = new WorkerLoop(IDENTITY);

    @Test
    void anIdleWorkerThatHearsNothingAsksToJoinBesideItsHeartbeats() {
        enter();
        assertThat(ticks(Silence.SHORTEST_TICKS - 1)).containsOnly(heartbeat(1, 0));
        assertThat(ticks(1)).containsExactly(heartbeat(1, 0), IDENTITY.joined());
        assertThat(ticks(Silence.SHORTEST_TICKS - 1))
                .as("not soon again")
                .containsOnly(heartbeat(1, 0));
        assertThat(ticks(1)).contains(IDENTITY.joined());
        command(admitted(2));
        assertThat(ticks(1)).containsExactly(heartbeat(2, 0));
        assertThat(loop.generation()).isEqualTo(2);
    }

    @Test
    void oneThatHasEndedItsGenerationItselfAsksToo() {
        enter();
        List<Action> actions = command(fixed(1));
        long request = actions.stream()
                .filter(Action.ReadSum.class::isInstance)
                .map(Action.ReadSum.class::cast)
                .findFirst()
                .orElseThrow()
                .request();
        assertThat(reports(loop.on(new Input.SumUnreadable(request, "deleted"))))
                .hasOnlyElementsOfType(Report.Left.class);
        assertThat(ticks(Silence.SHORTEST_TICKS)).endsWith(heartbeat(1, 0), IDENTITY.joined());
        command(admitted(2));
        assertThat(ticks(1)).containsExactly(heartbeat(2, 0));
    }

    /** Its admission repeats its generation. An idle run's journal does not grow by much. */
    @Test
    void oneThatIsKnownAsksMoreAndMoreSeldomUntilItHasAnOrder() {
        enter();
        for (int patience = Silence.SHORTEST_TICKS;
                patience < Silence.LONGEST_TICKS;
                patience *= 2) {
            assertThat(ticks(patience - 1)).containsOnly(heartbeat(1, 0));
            assertThat(ticks(1)).contains(IDENTITY.joined());
            assertThat(command(admitted(1))).isEmpty();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(ticks(Silence.LONGEST_TICKS - 1)).containsOnly(heartbeat(1, 0));
            assertThat(ticks(1)).contains(IDENTITY.joined());
            command(admitted(1));
        }
        command(train(10));
        assertThat(ticks(Silence.SHORTEST_TICKS)).endsWith(IDENTITY.joined());
    }

    @Test
    void whatIsForOthersSaysNothing() {
        enter();
        ticks(Silence.SHORTEST_TICKS - 1);
        command(new Command.Admitted(ID, "i-2", 5, 2, 0, RUN));
        command(new Command.Drain("another", 1, "by me"));
        command(new Command.Drain(ID, 2, "of another generation"));
        command(new Command.ExpectContributions(0, 0, List.of(), List.of()));
        assertThat(ticks(1)).contains(IDENTITY.joined());
    }

    @Test
    void aWorkerThatTrainsDoesNotAskHoweverLongItTakes() {
        enter();
        command(train(10));
        loop.on(new Input.SequencesRead(
                new Attempt(10, 0),
                List.of(new PackedSequence(10, new int[] {1, 2}, new boolean[] {false, true}))));
        assertThat(ticks(3 * Silence.SHORTEST_TICKS)).containsOnly(heartbeat(1, 10));
        loop.on(new Input.MicroBatchDone(
                new Attempt(10, 0), new MicroBatchResult.Trained(2.5, 2, 3, 1, 1, 1, 1, 1)));
        assertThat(ticks(Silence.SHORTEST_TICKS)).endsWith(heartbeat(1, 0), IDENTITY.joined());
    }

    @Test
    void oneThatIsRefusedWhenItAsksEnds() {
        enter();
        ticks(Silence.SHORTEST_TICKS);
        assertThat(command(new Command.Refused(ID, "i-1", RefusalReason.RUN_FINISHED, "over")))
                .containsExactly(new Action.Stop(false, "over"));
    }

    private void enter() {
        command(admitted(1));
        loop.on(new Input.LaneRead(5));
        loop.on(new Input.StateRead(
                1, new AdapterState(0, 0, new float[1], new float[1], new float[1])));
        assertThat(reports(loop.on(new Input.StateLoaded(1, 0))))
                .hasAtLeastOneElementOfType(Report.Ready.class);
    }

    private List<Report> ticks(int number) {
        List<Report> said = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            said.addAll(reports(loop.on(new Input.Tick(0))));
        }
        return said;
    }

    private static Report heartbeat(long generation, long attempt) {
        return new Report.Heartbeat(ID, generation, attempt, 0);
    }

    private List<Action> command(Command command) {
        return loop.on(new Input.CommandRead(command));
    }

    private static Command admitted(long generation) {
        return new Command.Admitted(ID, "i-1", 5, generation, 0, RUN);
    }

    private static Command train(long attempt) {
        return new Command.TrainMicroBatch(
                ID,
                1,
                new Attempt(attempt, 0),
                0,
                List.of(new SequenceRef(attempt, 2, 1, 1)),
                new MemoryPlan(0, 1024, 0));
    }

    private static Command fixed(long version) {
        SumSource sum = new SumSource(true, 3, List.of());
        return new Command.FixClip(version - 1, 1, 1, 1, version, version, Optional.of(sum));
    }

    private static List<Report> reports(List<Action> actions) {
        return actions.stream()
                .filter(Action.SendReport.class::isInstance)
                .map(action -> ((Action.SendReport) action).report())
                .toList();
    }
}
