package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.SettingOptions;
import dev.plimsoll.cli.topics.RunIntake;
import dev.plimsoll.sources.reading.SampleSource;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        description = {
            "Sends the samples of files to the topic PREFIX.samples and tells what became of them.",
            "",
            "A sample is a JSON object, a row of a table or a text; --dry-run shows what is made "
                    + "of it. The field id is the id of the sample. Without it, the id is derived "
                    + "from source, line number and content, so that submitting the same file "
                    + "again adds nothing. Samples that cannot be trained are reported in "
                    + "PREFIX.samples.rejected, and the command names the first of each reason.",
            ""
        })
final class SubmitCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "The files to submit, directories of them, or patterns such as "
                    + "'data/*.jsonl'; - reads standard input, of which each line is sent when "
                    + "it comes where --format is jsonl.")
    List<String> files;

    @Option(
            names = "--source",
            description = "Ids are derived from this name. The default is the file's "
                    + "absolute path, and 'stdin' for standard input.")
    String source;

    @Option(
            names = "--source-name",
            paramLabel = "NAME",
            description = "The samples belong to the source of this name. An operator weighs, "
                    + "pauses and removes sources with `plimsoll source`. Default: "
                    + SourceName.DEFAULT + ", and with --eval " + HeldSource.NAME + ".")
    String sourceName;

    @Option(
            names = "--eval",
            description = "The samples are never trained: the run measures its loss with them "
                    + "after every so many steps (`evaluate-every`). Their source is marked for "
                    + "that first, so a coordinator must be running.")
    boolean evaluation;

    @Mixin
    SourceChoices choices;

    @Mixin
    DryRunOptions dryRun;

    @Option(
            names = "--strict",
            description = "The exit code is 5 if a sample was rejected, could not be read, or has "
                    + "no verdict.")
    boolean strict;

    @Option(
            names = "--no-wait",
            description = "The command ends when the broker has the samples, and does not wait "
                    + "for what becomes of them.")
    boolean noWait;

    @Option(
            names = "--wait-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "The command stops waiting when the coordinator has not dealt with any "
                    + "sample for so long. Default: ${DEFAULT-VALUE}.")
    int waitSeconds;

    @Option(
            names = "--trace",
            paramLabel = "SHARE",
            defaultValue = "0",
            description = "This share of the samples, 0 to 1, begins a trace, which `plimsoll "
                    + "trace` tells. Default: ${DEFAULT-VALUE}.")
    double traced;

    @Option(
            names = "--new",
            description = "The samples are sent also if no coordinator was ever started with this "
                    + "prefix while others were; without this option such a prefix is taken for "
                    + "mistyped.")
    boolean isNew;

    @Mixin
    SettingOptions topic = new SettingOptions(List.of(CoordinatorCatalogue.SAMPLE_PARTITIONS));

    @Override
    public Integer call() throws InterruptedException {
        if (sourceName == null) {
            sourceName = evaluation ? HeldSource.NAME : SourceName.DEFAULT;
        }
        requireUsable(sourceName);
        if (waitSeconds < 1) {
            throw CliFailure.usage(
                    "--wait-timeout is " + waitSeconds + "; give at least 1 second, or --no-wait");
        }
        if (!(traced >= 0 && traced <= 1)) {
            throw CliFailure.usage("--trace is " + traced + "; give a share from 0 to 1");
        }
        try (SampleSource samples = SampleSource.open(files, choices.options(), System.in)) {
            SampleMaker maker = new SampleMaker(source, samples.files().size() > 1);
            boolean doubtful = dryRun.asked()
                    ? dryRun.run(
                            samples,
                            maker,
                            spec.commandLine().getOut(),
                            spec.commandLine().getErr())
                    : submit(samples, maker);
            return (strict && doubtful ? ExitCode.AUDIT : ExitCode.DONE).number();
        }
    }

    private static void requireUsable(String sourceName) {
        try {
            SourceName.require(sourceName);
        } catch (IllegalArgumentException e) {
            throw CliFailure.usage(e.getMessage());
        }
    }

    /** Returns whether a sample was rejected, could not be read, or has no verdict. */
    private boolean submit(SampleSource samples, SampleMaker maker) throws InterruptedException {
        dryRun.requireNoneWithout();
        RunPresence presence = RunPresence.of(broker.clients(), broker.topics());
        if (!isNew) {
            presence.requireNotMistyped();
        }
        boolean hidden = presence.isHidden(broker.clients());
        if (!hidden) {
            RunIntake.requireOpen(broker.clients(), broker.topics());
        }
        if (evaluation) {
            HeldSource.hold(
                    broker.clients(), broker.topics(), sourceName, Duration.ofSeconds(waitSeconds));
        }
        CommandLine streams = spec.commandLine();
        SubmitDisplay display = new SubmitDisplay(
                dryRun.json ? streams.getErr() : streams.getOut(),
                DryRunOptions.onTerminal() && !dryRun.json);
        SubmitRun run = new SubmitRun(broker.clients(), presence, sourceName, display);
        run.trace(traced);
        boolean doubtful = run.run(
                samples,
                maker,
                topic.values().get(CoordinatorCatalogue.SAMPLE_PARTITIONS),
                noWait || hidden ? Duration.ZERO : Duration.ofSeconds(waitSeconds));
        if (hidden && !noWait) {
            display.say("What becomes of them is not told: the broker does not let this user read "
                    + broker.topics().journal() + ".");
        }
        if (dryRun.json) {
            streams.getOut().println(run.result().json());
            streams.getOut().flush();
        }
        return doubtful || hidden && !noWait;
    }
}
