package dev.plimsoll.cli.control;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.ControlSender;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.cli.topics.RunProgress;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.run.RunSettings;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.Optional;
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
    abstract Outcome outcome(Clients clients);

    /** Prints what became of the request. */
    @FunctionalInterface
    interface Outcome {
        void tell();
    }

    /**
     * Why there is nothing to wait for, because it is so already; empty when it is not. The request
     * is sent all the same: another one may be on its way.
     */
    Optional<String> already(RunProgress progress) {
        return Optional.empty();
    }

    /**
     * What keeps the run from doing what it was asked; empty where there is nothing.
     *
     * @param progress before the request
     */
    Optional<String> missing(RunProgress progress) {
        return Optional.empty();
    }

    @Override
    public Integer call() throws InterruptedException {
        Control asked = asked();
        Clients clients = broker.clients();
        RunSettings run = RunLookup.read(clients, broker.topics());
        RunProgress progress = RunProgress.read(clients, broker.topics());
        progress.requireUnfinished(broker.topics(), what);
        Optional<String> already = already(progress);
        Outcome outcome = already.isPresent() ? () -> say(already.orElseThrow()) : outcome(clients);
        ControlSender.send(
                clients, broker.topics(), run.runId(), asked, UUID.randomUUID().toString());
        say("run " + run.runId() + " is asked to " + what);
        outcome.tell();
        missing(progress).ifPresent(this::say);
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
