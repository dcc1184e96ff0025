package dev.plimsoll.cli.control;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.protocol.Control;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What operators ask of the sources of a run. */
@Command(
        name = "source",
        mixinStandardHelpOptions = true,
        subcommands = {
            SourceListCommand.class,
            SourceCommand.Add.class,
            SourceCommand.Pause.class,
            SourceCommand.Resume.class,
            SourceCommand.Remove.class,
            SourceCommand.Weight.class
        },
        description = {
            "Lists the sources of samples, weighs, pauses and removes them while the run trains.",
            "",
            "A sample belongs to the source that its submitter named, or to 'default'. A source "
                    + "is known when it is added or when its first sample comes. While no "
                    + "source has a weight, steps take samples in the order in which they "
                    + "arrived.",
            ""
        })
final class SourceCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "give a subcommand: list, add, pause, resume, remove or weight");
    }

    /** A change of one source, whose outcome is awaited. */
    abstract static class Change extends AwaitedCommand {

        @Parameters(
                paramLabel = "NAME",
                description = "The name of the source: up to 64 letters, digits, dots, dashes "
                        + "or underscores.")
        String name;

        private Change(String what) {
            super(what);
        }

        @Override
        final String name() {
            return name;
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = {
                "Adds a source with a weight, or gives one to a source that is known by its "
                        + "samples.",
                "",
                "From then on each step takes samples of all sources in the proportion of their "
                        + "weights, as long as they have any. A source that nobody weighed "
                        + "counts as 1. A source that was removed begins anew: samples that "
                        + "come from then on are trained.",
                ""
            })
    static final class Add extends Change {

        @Option(
                names = "--weight",
                paramLabel = "NUMBER",
                description = "A whole number from 1 to 1000. Default: 1.")
        Integer weight;

        @Option(
                names = "--eval",
                description = "The samples of the source are never trained: the run measures its "
                        + "loss with them after every so many steps (`evaluate-every`). This "
                        + "holds once and for all, and must be said before the first sample "
                        + "comes.")
        boolean evaluation;

        Add() {
            super("add a source");
        }

        @Override
        Control asked() {
            if (evaluation && weight != null) {
                throw CliFailure.usage("--weight is " + weight + ", and a source for evaluation "
                        + "has none: no step takes samples of it; leave --weight or --eval out");
            }
            int share = weight == null ? 1 : weight;
            return checked(
                    () -> new Control.AddSource(name, share, request, REQUESTER, evaluation));
        }
    }

    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = {
                "Puts no samples of the source into steps. They wait, and so do those that come.",
                "",
                "A run that is asked to finish does not end while samples of a paused source "
                        + "wait: resume or remove the source.",
                ""
            })
    static final class Pause extends Change {
        Pause() {
            super("pause a source");
        }

        @Override
        Control asked() {
            return checked(() -> new Control.PauseSource(name, request, REQUESTER));
        }
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Puts samples of the source into steps again after a pause.")
    static final class Resume extends Change {
        Resume() {
            super("resume a source");
        }

        @Override
        Control asked() {
            return checked(() -> new Control.ResumeSource(name, request, REQUESTER));
        }
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = {
                "Rejects what waits of the source, and what comes of it from then on.",
                "",
                "The samples go to PREFIX.samples.rejected with the reason SOURCE_REMOVED. What "
                        + "is trained stays in the adapter. What a later rollback undoes of it "
                        + "is rejected too.",
                ""
            })
    static final class Remove extends Change {
        Remove() {
            super("remove a source");
        }

        @Override
        Control asked() {
            return checked(() -> new Control.RemoveSource(name, request, REQUESTER));
        }
    }

    @Command(
            name = "weight",
            mixinStandardHelpOptions = true,
            description = "Changes the weight of a source, from the next step that opens on.")
    static final class Weight extends Change {

        @Parameters(
                index = "1",
                paramLabel = "NUMBER",
                description = "A whole number from 1 to 1000.")
        int weight;

        Weight() {
            super("weigh a source");
        }

        @Override
        Control asked() {
            return checked(() -> new Control.WeighSource(name, weight, request, REQUESTER));
        }
    }
}
