package dev.plimsoll.cli.control;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.ControlSender;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.run.RunSettings;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * A request of an operator to a run, sent through the topic control. The request holds whether or
 * not a coordinator runs now.
 */
abstract class ControlCommand implements Callable<Integer> {

    static final String REQUESTER = ControlSender.REQUESTER;

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    private final String what;

    ControlCommand(String what) {
        this.what = what;
    }

    /** The record that goes into the topic. */
    abstract Control asked();

    /**
     * Begins to follow what becomes of the request. It is called before the request is sent, so
     * that nothing is missed.
     */
    Outcome outcome(Clients clients) {
        return () -> {};
    }

    /** Prints what became of the request. */
    @FunctionalInterface
    interface Outcome {
        void tell();
    }

    @Override
    public Integer call() throws InterruptedException {
        Clients clients = broker.clients();
        RunSettings run = RunLookup.read(clients, broker.topics());
        Control asked = asked();
        Outcome outcome = outcome(clients);
        ControlSender.send(
                clients, broker.topics(), run.runId(), asked, UUID.randomUUID().toString());
        say("run " + run.runId() + " is asked to " + what);
        outcome.tell();
        return ExitCode.DONE.number();
    }

    /** What cannot be used ends the command with the exit code for wrong usage. */
    static <C extends Control> C checked(Supplier<C> control) {
        try {
            return control.get();
        } catch (IllegalArgumentException e) {
            throw CliFailure.usage(e.getMessage());
        }
    }

    void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }

    @Command(
            name = "finish",
            mixinStandardHelpOptions = true,
            description = {
                "Trains what was submitted before, in all its epochs, then ends " + "the run.",
                "",
                "The last step may have fewer samples than the others. A sample "
                        + "that is submitted later is trained only if it arrives before the "
                        + "first epoch ends.",
                ""
            })
    static final class Finish extends ControlCommand {
        Finish() {
            super("finish: it trains what was submitted so far, then ends");
        }

        @Override
        Control asked() {
            return new Control.Finish(REQUESTER);
        }
    }

    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Stops dispatching micro-batches. Those that are being trained "
                    + "are finished, and submitted samples are taken in as before.")
    static final class Pause extends ControlCommand {
        Pause() {
            super("pause");
        }

        @Override
        Control asked() {
            return new Control.Pause(REQUESTER);
        }
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Dispatches micro-batches again after a pause.")
    static final class Resume extends ControlCommand {
        Resume() {
            super("resume");
        }

        @Override
        Control asked() {
            return new Control.Resume(REQUESTER);
        }
    }

    /** A request about a checkpoint. */
    abstract static class Once extends AwaitedCommand {

        @Parameters(
                paramLabel = "NAME",
                description = "The name of the checkpoint: up to 64 letters, digits, dots, "
                        + "dashes or underscores.")
        String name;

        private Once(String what) {
            super(what);
        }

        @Override
        final String name() {
            return name;
        }
    }

    @Command(
            name = "checkpoint",
            mixinStandardHelpOptions = true,
            description = {
                "Keeps the current version of adapter and optimizer under a name, "
                        + "to roll back to it later. Training goes on meanwhile.",
                "",
                "An earlier checkpoint of the same name is replaced.",
                ""
            })
    static final class Checkpoint extends Once {
        Checkpoint() {
            super("keep a checkpoint");
        }

        @Override
        Control asked() {
            return checked(() -> new Control.Checkpoint(name, request, REQUESTER));
        }
    }

    @Command(
            name = "rollback",
            mixinStandardHelpOptions = true,
            description = {
                "Makes the state of a checkpoint the next version, and trains "
                        + "again what was trained since the checkpoint.",
                "",
                "The learning rate's schedule and the count of steps go on from "
                        + "the checkpoint. Nobody can roll back to a later checkpoint any "
                        + "more.",
                ""
            })
    static final class Rollback extends Once {
        Rollback() {
            super("roll back");
        }

        @Override
        Control asked() {
            return checked(() -> new Control.Rollback(name, request, REQUESTER));
        }
    }
}
