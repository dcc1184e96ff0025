package dev.plimsoll.cli.control;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.JournalWait;
import dev.plimsoll.cli.topics.RunProgress;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Control;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.Optional;

/** A request that changes what the run as a whole does, and whose effect is awaited. */
abstract class StatusCommand extends ControlCommand {

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "The command waits so many seconds for the effect; with 0 it does not. "
                    + "The request is carried out even if it takes longer. "
                    + "Default: ${DEFAULT-VALUE}.")
    int waitSeconds;

    StatusCommand(String what) {
        super(what);
    }

    /** What is told of a fact that is the effect; empty of any other fact. */
    abstract Optional<String> effect(JournalRecord fact);

    @Override
    final Outcome outcome(Clients clients) {
        if (waitSeconds <= 0) {
            return () -> {};
        }
        JournalWait journal = new JournalWait(clients, broker.topics());
        return () -> say(journal.until(this::told, Duration.ofSeconds(waitSeconds))
                .orElseGet(this::noEffect));
    }

    private Optional<String> told(JournalRecord fact) {
        if (fact instanceof JournalRecord.RunFinished(String note)
                && effect(fact).isEmpty()) {
            throw CliFailure.input("the run has finished meanwhile: " + note);
        }
        return effect(fact);
    }

    /** What is told when there was none in time. */
    String noEffect() {
        return "no coordinator has heard of it in " + waitSeconds
                + " s: it is done as soon as one runs";
    }

    @Command(
            name = "finish",
            mixinStandardHelpOptions = true,
            description = {
                "Trains what was submitted before, in all its epochs, then ends the run.",
                "",
                "The last step may have fewer samples than the others. A sample "
                        + "that is submitted later is trained only if it arrives before the "
                        + "first epoch ends.",
                ""
            })
    static final class Finish extends StatusCommand {
        Finish() {
            super("finish");
        }

        @Override
        Control asked() {
            return new Control.Finish(REQUESTER);
        }

        @Override
        Optional<String> already(RunProgress progress) {
            return progress.isFinishing()
                    ? Optional.of("it is finishing already: " + progress.waiting()
                            + " samples are still to be trained in this epoch")
                    : Optional.empty();
        }

        @Override
        Optional<String> missing(RunProgress progress) {
            return progress.waitsForAWorker()
                    ? Optional.of(RunProgress.NO_WORKER)
                    : Optional.empty();
        }

        @Override
        Optional<String> effect(JournalRecord fact) {
            return switch (fact) {
                case JournalRecord.FinishAsked _ ->
                    Optional.of("it trains what was submitted so far, then ends; `plimsoll watch` "
                            + "shows how it goes on");
                case JournalRecord.RunFinished(String note) ->
                    Optional.of("the run is finished: " + note);
                // no other fact says that the request was taken up
                default -> Optional.empty();
            };
        }

        @Override
        String noEffect() {
            return "it is not taken up after " + waitSeconds + " s: no coordinator runs, or it "
                    + "still takes in what was submitted before; then it does it";
        }
    }

    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Stops dispatching micro-batches. Those that are being trained "
                    + "are finished, and submitted samples are taken in as before.")
    static final class Pause extends StatusCommand {
        Pause() {
            super("pause");
        }

        @Override
        Control asked() {
            return new Control.Pause(REQUESTER);
        }

        @Override
        Optional<String> already(RunProgress progress) {
            return progress.isPaused() ? Optional.of("it is paused already") : Optional.empty();
        }

        @Override
        Optional<String> effect(JournalRecord fact) {
            return fact instanceof JournalRecord.PauseChanged change && change.paused()
                    ? Optional.of("it is paused: what is in work is finished, and nothing more is "
                            + "given out until `plimsoll resume`")
                    : Optional.empty();
        }
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Dispatches micro-batches again after a pause.")
    static final class Resume extends StatusCommand {
        Resume() {
            super("resume");
        }

        @Override
        Control asked() {
            return new Control.Resume(REQUESTER);
        }

        @Override
        Optional<String> already(RunProgress progress) {
            return progress.isPaused() ? Optional.empty() : Optional.of("it is not paused");
        }

        @Override
        Optional<String> effect(JournalRecord fact) {
            return fact instanceof JournalRecord.PauseChanged change && !change.paused()
                    ? Optional.of("it trains again")
                    : Optional.empty();
        }
    }
}
