package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.SettingOptions;
import dev.plimsoll.cli.samples.Submitter.Counts;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        description = {
            "Sends each line of each file to the topic PREFIX.samples.",
            "",
            "A line is a JSON object with messages, prompt and completion, "
                    + "question and answer, or text. The field id is the id of the "
                    + "sample. Without it, the id is derived from source, line number "
                    + "and content, so that submitting the same file again adds "
                    + "nothing. Lines that cannot be trained are reported in "
                    + "PREFIX.samples.rejected.",
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
            description = "The JSONL files to submit; - reads standard input.")
    List<String> files;

    @Option(
            names = "--source",
            description = "Ids are derived from this name. The default is the file's "
                    + "absolute path, and 'stdin' for standard input.")
    String source;

    @Option(
            names = "--source-name",
            paramLabel = "NAME",
            defaultValue = SourceName.DEFAULT,
            description = "The samples belong to the source of this name. An operator weighs, "
                    + "pauses and removes sources with `plimsoll source`. Default: "
                    + "${DEFAULT-VALUE}.")
    String sourceName;

    @Mixin
    SettingOptions topic = new SettingOptions(List.of(CoordinatorCatalogue.SAMPLE_PARTITIONS));

    @Override
    public Integer call() throws IOException {
        requireUsable(sourceName);
        files.stream().filter(f -> !f.equals("-")).forEach(SubmitCommand::requireReadable);
        PrintWriter out = spec.commandLine().getOut();
        int samplePartitions = topic.values().get(CoordinatorCatalogue.SAMPLE_PARTITIONS);
        try (Submitter submitter =
                new Submitter(broker.clients(), broker.topics(), samplePartitions, sourceName)) {
            for (String file : files) {
                Counts counts = submit(submitter, file);
                out.println(file + ": " + counts.sent() + " samples submitted to "
                        + broker.topics().samples()
                        + note(counts.oversize(), "over 512 KiB, sent as markers")
                        + note(counts.blank(), "empty lines skipped"));
            }
        }
        return ExitCode.DONE.number();
    }

    private Counts submit(Submitter submitter, String file) throws IOException {
        if (file.equals("-")) {
            return submitter.submit(source == null ? "stdin" : source, "stdin", System.in);
        }
        Path path = Path.of(file);
        String from = source == null ? path.toRealPath().toUri().toString() : source;
        try (InputStream in = Files.newInputStream(path)) {
            return submitter.submit(from, path.getFileName().toString(), in);
        }
    }

    private static String note(long count, String what) {
        return count == 0 ? "" : ", " + count + " " + what;
    }

    private static void requireUsable(String sourceName) {
        try {
            SourceName.require(sourceName);
        } catch (IllegalArgumentException e) {
            throw CliFailure.usage(e.getMessage());
        }
    }

    private static void requireReadable(String file) {
        Path path = Path.of(file);
        if (!Files.isRegularFile(path) && !Files.exists(path)) {
            throw CliFailure.input(
                    "there is no file '" + file + "'; give the path of a JSONL file");
        }
        if (Files.isDirectory(path) || !Files.isReadable(path)) {
            throw CliFailure.input("'" + file + "' cannot be read; give the path of a JSONL file");
        }
    }
}
