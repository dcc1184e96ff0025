package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.Fleet;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.WorkerAdmitted;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.List;
import java.util.Optional;

/** Decides which workers may work, and with which generation (protocol rule 6). */
public final class MembershipRules {
    /** All workers read lane 0; the topic has 64 partitions. Workers beyond 63 share lanes. */
    static final int LANES = Topics.LANE_PARTITIONS - 1;

    private MembershipRules() {}

    /** @param layers of the run's model */
    public static void joined(Draft draft, Report.Joined joined, int layers) {
        PlannerState state = draft.state();
        String modelHash = state.run().model().hash();
        Optional<Worker> known = state.fleet().worker(joined.workerId());
        if (state.status().finished()) {
            refuse(
                    draft,
                    joined,
                    RefusalReason.RUN_FINISHED,
                    "run " + state.run().runId() + " is finished");
        } else if (!joined.modelHash().equals(modelHash)) {
            String note = "the run's model has hash " + modelHash + ", yours " + joined.modelHash();
            refuse(draft, joined, RefusalReason.MODEL_DIFFERS, note);
        } else if (isCutElsewhere(joined.device(), layers)) {
            String note = "its cards hold " + layersOf(joined.device()) + " layers, and the run's "
                    + "model has " + layers + "; run the same version of Plimsoll on both sides";
            refuse(draft, joined, RefusalReason.MODEL_DIFFERS, note);
        } else if (state.fleet().isReplaced(joined.workerId(), joined.incarnation())) {
            String note = "another process has worked as " + joined.workerId()
                    + " since; give each its own worker id";
            refuse(draft, joined, RefusalReason.WORKER_ID_TAKEN, note);
        } else if (known.filter(is -> is.incarnation().equals(joined.incarnation()))
                .isPresent()) {
            draft.because(joined.workerId() + " asks again");
            answer(draft, known.get());
        } else {
            Optional<Worker> before = known.or(() -> state.fleet().departed(joined.workerId()));
            known.ifPresent(
                    old -> lose(draft, old, "replaced by incarnation " + joined.incarnation()));
            before.filter(old -> !old.incarnation().equals(joined.incarnation()))
                    .ifPresent(old -> tellReplaced(draft, old.workerId(), old.incarnation()));
            admit(
                    draft,
                    new WorkerAdmitted(
                            joined.workerId(), joined.incarnation(), 0, 0, joined.device()));
        }
    }

    private static boolean isCutElsewhere(WorkerDevice device, int layers) {
        return !device.cards().isEmpty() && layersOf(device) != layers;
    }

    private static int layersOf(WorkerDevice device) {
        return device.cards().stream().mapToInt(WorkerCard::layers).sum();
    }

    public static void ready(Draft draft, Report.Ready ready, Worker worker) {
        if (worker.ready() || draft.state().status().finished()) {
            draft.because("void: " + worker.label() + " is ready");
            return;
        }
        if (worker.draining()) {
            remind(draft, worker);
            return;
        }
        draft.because(worker.label() + " is ready");
        draft.record(new JournalRecord.WorkerReady(worker.workerId(), worker.generation()));
        if (worker.capBytes() > 0) {
            draft.command(new Command.CapMemory(
                    worker.workerId(), worker.generation(), worker.capBytes()));
        }
    }

    /** One that is to leave and is still there may have missed that it was told so. */
    public static void remind(Draft draft, Worker worker) {
        if (worker.draining() && !draft.state().status().finished()) {
            draft.because(worker.label() + " is to leave: it is told once more");
            draft.command(
                    new Command.Drain(worker.workerId(), worker.generation(), "as asked before"));
        }
    }

    public static void draining(Draft draft, Report.Draining draining, Worker worker) {
        if (worker.draining() || draft.state().status().finished()) {
            draft.because("void: " + worker.label() + " drains");
            return;
        }
        draft.because(worker.label() + " drains: " + draining.note());
        draft.record(new JournalRecord.WorkerDraining(
                worker.workerId(), worker.generation(), draining.note()));
    }

    /**
     * A report of a generation that is not current is void. If that generation was taken for lost,
     * the worker lives and is admitted again. So is a worker that still sends heartbeats of a
     * generation of its own before the lost one: it has missed its admission. One that sends them
     * of a generation before the first of its successor was replaced; it is told once more, where
     * the successor is gone too.
     */
    public static void heardFromPast(Draft draft, Report.OfGeneration report) {
        draft.because("void: generation " + report.generation() + " of " + report.workerId()
                + " is over");
        Fleet fleet = draft.state().fleet();
        Optional<Worker> last = fleet.departed(report.workerId());
        if (last.isEmpty() || draft.state().status().finished()) {
            return;
        }
        Worker gone = last.orElseThrow();
        boolean leaving = report instanceof Report.Left || report instanceof Report.Draining;
        boolean living = report instanceof Report.Heartbeat;
        List<String> replaced = fleet.replaced(report.workerId());
        if (gone.generation() == report.generation() && !leaving) {
            admit(draft, gone.admission());
        } else if (gone.generation() > report.generation() && living) {
            if (replaced.isEmpty() || gone.mayHaveHad(report.generation())) {
                admit(draft, gone.admission());
            } else {
                replaced.forEach(
                        incarnation -> tellReplaced(draft, report.workerId(), incarnation));
            }
        }
    }

    public static void lose(Draft draft, Worker worker, String note) {
        draft.because(worker.label() + " lost: " + note);
        draft.record(new JournalRecord.WorkerLost(worker.workerId(), worker.generation(), note));
    }

    /**
     * Admits the worker of the template, with a lane and a generation of its own. A process that
     * was to leave when it was taken for lost is still to leave.
     */
    private static void admit(Draft draft, WorkerAdmitted template) {
        Fleet fleet = draft.state().fleet();
        boolean leaves = fleet.departed(template.workerId())
                .filter(gone ->
                        gone.draining() && gone.incarnation().equals(template.incarnation()))
                .isPresent();
        int lane = fleet.quietestLane(LANES);
        long generation = fleet.nextGeneration();
        draft.record(new WorkerAdmitted(
                template.workerId(), template.incarnation(), lane, generation, template.device()));
        Worker worker = fleet.worker(template.workerId()).orElseThrow();
        draft.because(worker.label() + " admitted on lane " + lane);
        if (leaves) {
            draft.record(new JournalRecord.WorkerDraining(
                    worker.workerId(), generation, "it was to leave before it was taken for lost"));
        }
        answer(draft, worker);
    }

    private static void answer(Draft draft, Worker worker) {
        draft.command(new Command.Admitted(
                worker.workerId(),
                worker.incarnation(),
                worker.lane(),
                worker.generation(),
                draft.state().status().version(),
                draft.state().run(),
                draft.state().versions().places()));
    }

    /** It may be alive: it ends, instead of working on for nothing. */
    private static void tellReplaced(Draft draft, String workerId, String incarnation) {
        draft.command(new Command.Refused(
                workerId,
                incarnation,
                RefusalReason.WORKER_ID_TAKEN,
                "another process joined as " + workerId + "; give each its own worker id"));
    }

    private static void refuse(
            Draft draft, Report.Joined joined, RefusalReason reason, String note) {
        draft.because(joined.workerId() + " refused, " + reason);
        draft.command(new Command.Refused(joined.workerId(), joined.incarnation(), reason, note));
    }
}
