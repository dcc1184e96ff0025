package dev.plimsoll.cli.topics;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Follows the journal from where it ended before a request was sent, until it says what became of
 * the request.
 */
public final class RequestOutcome {

    private final JournalWait journal;
    private final String request;
    private final String name;
    /**
     * The request as the coordinator took it up. The outcome of another request under the same name
     * is not its outcome.
     */
    private JournalRecord asked;

    public RequestOutcome(Clients clients, Topics topics, String request, String name) {
        this.request = request;
        this.name = name;
        this.journal = new JournalWait(clients, topics);
    }

    /**
     * Waits for the outcome and returns it as a sentence. A refusal ends the command with exit code
     * 4. It can be called once.
     */
    public String await(Duration patience) {
        return outcome(patience)
                .orElseGet(() -> asked != null
                        ? "it is under way, and not done after " + patience.toSeconds()
                                + " s: the step's last phase and those asked for before come "
                                + "first; plimsoll watch tells of it"
                        : "no coordinator has heard of it in " + patience.toSeconds()
                                + " s: it is done as soon as one runs");
    }

    /** The same; empty when there is none in that time. */
    public Optional<String> outcome(Duration patience) {
        return journal.until(this::take, patience);
    }

    private Optional<String> take(JournalRecord fact) {
        return switch (fact) {
            case JournalRecord.CheckpointAsked is when is.request().equals(request) -> hear(is);
            case JournalRecord.RollbackAsked is when is.request().equals(request) -> hear(is);
            case JournalRecord.WorkerDraining is
            when is.request().equals(Optional.of(request)) -> hear(is);
            case JournalRecord.WorkerLost(String worker, long generation, String note)
            when asked instanceof JournalRecord.WorkerDraining of
                    && of.workerId().equals(worker)
                    && of.generation() <= generation ->
                Optional.of("worker " + worker + " is gone: " + note);
            case JournalRecord.MemoryCapped is
            when is.request().equals(request) ->
                Optional.of("worker " + is.workerId() + ": " + is.note());
            case JournalRecord.RequestRefused(String id, String note)
            when id.equals(request) -> throw CliFailure.input("refused: " + note);
            case JournalRecord.CheckpointTaken(String of, long version)
            when asked instanceof JournalRecord.CheckpointAsked && of.equals(name) ->
                Optional.of("checkpoint " + name + " is version " + version);
            case JournalRecord.RolledBack(String of, long ofVersion, long version)
            when asked instanceof JournalRecord.RollbackAsked && of.equals(name) ->
                Optional.of("version " + version + " is checkpoint " + name + " again, version "
                        + ofVersion + "; what was trained since is trained again");
            case JournalRecord.SourceChanged changed
            when changed.request().equals(request) ->
                Optional.of("source " + changed.name() + " is "
                        + changed.status().name().toLowerCase(Locale.ROOT)
                        + (changed.evaluation() ? ", for evaluation" : "")
                        + (changed.weight() == 0 ? "" : ", weight " + changed.weight()));
            case JournalRecord.RunCreated _,
                    JournalRecord.InputsRead _,
                    JournalRecord.SampleAdmitted _,
                    JournalRecord.SourceChanged _,
                    JournalRecord.InputLost _,
                    JournalRecord.WorkerAdmitted _,
                    JournalRecord.WorkerReady _,
                    JournalRecord.WorkerDraining _,
                    JournalRecord.WorkerLost _,
                    JournalRecord.LoadLineChanged _,
                    JournalRecord.MemoryLineChanged _,
                    JournalRecord.MemoryCapped _,
                    JournalRecord.MicroBatchWeighed _,
                    JournalRecord.StepOpened _,
                    JournalRecord.MicroBatchDispatched _,
                    JournalRecord.EvaluationOpened _,
                    JournalRecord.Evaluated _,
                    JournalRecord.EvaluationClosed _,
                    JournalRecord.EvaluationDropped _,
                    JournalRecord.MicroBatchAccepted _,
                    JournalRecord.MicroBatchReturned _,
                    JournalRecord.SampleRejected _,
                    JournalRecord.ContributionAsked _,
                    JournalRecord.ContributionAccepted _,
                    JournalRecord.ContributionVoided _,
                    JournalRecord.StepSumming _,
                    JournalRecord.ShardSumAccepted _,
                    JournalRecord.ClipFixed _,
                    JournalRecord.ShardApplyAccepted _,
                    JournalRecord.StepsUndone _,
                    JournalRecord.StateAsked _,
                    JournalRecord.StateSaveAccepted _,
                    JournalRecord.ShardDigestAccepted _,
                    JournalRecord.WorkerDigestAccepted _,
                    JournalRecord.StepCommitted _,
                    JournalRecord.StepDropped _,
                    JournalRecord.PauseChanged _,
                    JournalRecord.CheckpointAsked _,
                    JournalRecord.RollbackAsked _,
                    JournalRecord.RequestRefused _,
                    JournalRecord.CheckpointBegun _,
                    JournalRecord.CheckpointSaveAccepted _,
                    JournalRecord.CheckpointTaken _,
                    JournalRecord.CheckpointExpired _,
                    JournalRecord.StepAbandoned _,
                    JournalRecord.RollbackBegun _,
                    JournalRecord.CheckpointRestoreAccepted _,
                    JournalRecord.RolledBack _,
                    JournalRecord.EpochStarted _,
                    JournalRecord.FinishAsked _,
                    JournalRecord.RunFinished _,
                    JournalRecord.SnapshotTaken _ -> Optional.empty();
        };
    }

    private Optional<String> hear(JournalRecord takenUp) {
        asked = takenUp;
        return Optional.empty();
    }
}
